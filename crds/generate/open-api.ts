import {
  type Field,
  fieldsOf,
  type ListField,
  type Rule,
  rulesOf,
  type Shape,
} from '../../operator/api/schema/field.ts';

/** JSON Schema as the CRD has it. */
export type OpenApi = Record<string, unknown>;

/** The structural schema of a field. */
export function openApiOf(field: Field): OpenApi {
  return {
    description: field.description,
    ...('default' in field && field.default !== undefined && { default: field.default }),
    ...typed(field),
    ...validations([...(field.kind === 'object' ? rulesOf(field.shape) : []), ...(field.rules ?? [])]),
  };
}

/** `x-kubernetes-validations`; nothing where there are no rules. */
export function validations(rules: readonly Rule[]): OpenApi {
  if (rules.length === 0) return {};
  return { 'x-kubernetes-validations': rules.map(({ rule, message }) => ({ rule, message })) };
}

function typed(field: Field): OpenApi {
  switch (field.kind) {
    case 'text':
      return {
        type: 'string',
        ...(field.format && { format: field.format }),
        ...(field.choices ? { enum: [...field.choices] } : bounds(field, 'Length')),
      };
    case 'whole':
      return { type: 'integer', format: 'int32', minimum: field.minimum, maximum: field.maximum };
    case 'flag':
      return { type: 'boolean' };
    case 'quantity':
      return {
        'x-kubernetes-int-or-string': true,
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        maxLength: 64,
        pattern: '^[+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]+)?$',
      };
    case 'list':
      return { type: 'array', ...bounds(field, 'Items'), ...merging(field), items: openApiOf(field.items) };
    case 'map':
      return { type: 'object', maxProperties: field.maxProperties, additionalProperties: openApiOf(field.values) };
    case 'object':
      return objectOf(field.shape);
    case 'embedded':
      return { type: 'object', ...bounds(field, 'Properties'), 'x-kubernetes-preserve-unknown-fields': true };
    case 'any':
      return { 'x-kubernetes-preserve-unknown-fields': true };
  }
}

function objectOf(shape: Shape): OpenApi {
  const fields = Object.entries(fieldsOf(shape));
  const required = fields.filter(([, field]) => field.required).map(([name]) => name);
  return {
    type: 'object',
    ...(required.length > 0 && { required }),
    ...(shape.open && { 'x-kubernetes-preserve-unknown-fields': true }),
    properties: Object.fromEntries(fields.map(([name, field]) => [name, openApiOf(field)])),
  };
}

function bounds(field: object, what: 'Length' | 'Items' | 'Properties'): OpenApi {
  const entries = Object.entries(field).filter(([key]) => key === `min${what}` || key === `max${what}`);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? 1 : -1)));
}

function merging({ merge }: ListField): OpenApi {
  if (typeof merge === 'string') return { 'x-kubernetes-list-type': merge };
  return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [...merge.keys] };
}
