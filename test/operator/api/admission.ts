import { Environment } from '@marcbachmann/cel-js';
import { rootSchema, type Schema } from './open-api.ts';

type Json = Record<string, unknown>;
const environment = new Environment({ unlistedVariablesAreDyn: true });

/**
 * What an API server does with an object before it keeps it: fills in the defaults, checks the structure, then the rules.
 *
 * @returns the object with its defaults, and why it is refused: `path: message`; empty if it is accepted
 */
export function admit<T extends object>(object: T, schema: Schema = rootSchema): { object: T; refusals: string[] } {
  const complete = withDefaults(structuredClone(object), schema) as T;
  const faults = structure(complete, schema, '');
  return { object: complete, refusals: faults.length > 0 ? faults : broken(complete, schema, '') };
}

function withDefaults(value: unknown, schema: Schema): unknown {
  if (Array.isArray(value)) return value.map((item) => (schema.items ? withDefaults(item, schema.items) : item));
  if (!isObject(value)) return value;
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    if ((value[name] === undefined || value[name] === null) && child.default !== undefined) {
      value[name] = structuredClone(child.default);
    }
  }
  for (const [name, child, inner] of childrenOf(value, schema)) if (inner) value[name] = withDefaults(child, inner);
  return value;
}

function structure(value: unknown, schema: Schema, path: string): string[] {
  const fault = faultOf(value, schema);
  if (fault !== undefined) return [`${path}: ${fault}`];
  if (Array.isArray(value)) {
    const items = schema.items ?? {};
    return [
      ...duplicates(value, schema, path),
      ...value.flatMap((item, index) => structure(item, items, `${path}[${index}]`)),
    ];
  }
  if (!isObject(value)) return [];
  const missing = (schema.required ?? []).filter((name) => value[name] === undefined);
  const unknown = childrenOf(value, schema).filter(([, , inner]) => inner === undefined && !isOpen(schema));
  return [
    ...missing.map((name) => `${path}.${name}: Required value`),
    ...unknown.map(([name]) => `${path}.${name}: unknown field`),
    ...childrenOf(value, schema).flatMap(([name, child, inner]) =>
      inner ? structure(child, inner, `${path}.${name}`) : [],
    ),
  ];
}

function faultOf(value: unknown, schema: Schema): string | undefined {
  if (schema['x-kubernetes-int-or-string']) {
    return Number.isInteger(value) || typeof value === 'string' ? undefined : 'must be a whole number or a text';
  }
  const type = Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  if (schema.type !== undefined && schema.type !== type) return `Invalid type ${type}, expected ${schema.type}`;
  if (schema.enum && !schema.enum.includes(value as string)) return `Unsupported value: "${value}"`;
  const [size, what] = sizeOf(value);
  const least = {
    minimum: schema.minimum,
    Length: schema.minLength,
    Items: schema.minItems,
    Properties: schema.minProperties,
  };
  const most = {
    minimum: schema.maximum,
    Length: schema.maxLength,
    Items: schema.maxItems,
    Properties: schema.maxProperties,
  };
  if (size < (least[what] ?? Number.NEGATIVE_INFINITY)) return `below ${least[what]} (${what})`;
  return size > (most[what] ?? Number.POSITIVE_INFINITY) ? `above ${most[what]} (${what})` : undefined;
}

function sizeOf(value: unknown): [number, 'minimum' | 'Length' | 'Items' | 'Properties'] {
  if (typeof value === 'string') return [value.length, 'Length'];
  if (Array.isArray(value)) return [value.length, 'Items'];
  return isObject(value) ? [Object.keys(value).length, 'Properties'] : [Number(value), 'minimum'];
}

function duplicates(list: unknown[], schema: Schema, path: string): string[] {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (schema['x-kubernetes-list-type'] === 'atomic') return [];
  const identities = list.map((item) =>
    JSON.stringify(keys.length === 0 ? item : keys.map((key) => (item as Json)[key])),
  );
  const index = identities.findIndex((identity, at) => identities.indexOf(identity) !== at);
  return index < 0 ? [] : [`${path}[${index}]: Duplicate value: ${identities[index]}`];
}

function broken(value: unknown, schema: Schema, path: string): string[] {
  const own = (schema['x-kubernetes-validations'] ?? []).filter(({ rule }) => !holds(rule, value));
  const inner: [string, unknown, Schema | undefined][] = Array.isArray(value)
    ? value.map((item, index) => [`[${index}]`, item, schema.items])
    : isObject(value)
      ? childrenOf(value, schema).map(([name, child, of]) => [`.${name}`, child, of])
      : [];
  return [
    ...own.map(({ message }) => `${path}: ${message}`),
    ...inner.flatMap(([name, child, of]) => (of ? broken(child, of, `${path}${name}`) : [])),
  ];
}

/** The evaluator knows `has(a.b)` only, not `has(a[i].b)`; objects are maps to it, so `in` asks the same. */
function holds(rule: string, self: unknown): boolean {
  const known = rule.replace(/has\((\w+(?:\.\w+)*\[\w+\])\.(\w+)\)/g, "('$2' in $1)");
  return environment.evaluate(known, { self: inCel(self) }) === true;
}

/** Whole numbers are int in CEL, where JSON has only one kind of number. */
function inCel(value: unknown): unknown {
  if (Number.isInteger(value)) return BigInt(value as number);
  if (Array.isArray(value)) return value.map(inCel);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inCel(item)])) : value;
}

/** Fields of an object that are there, each with its schema, if it has one. */
function childrenOf(value: Json, schema: Schema): [string, unknown, Schema | undefined][] {
  return Object.entries(value).map(([name, child]) => [
    name,
    child,
    schema.properties?.[name] ?? schema.additionalProperties,
  ]);
}

/** Kubernetes checks metadata itself; fields of `preserve-unknown-fields` are kept as they are. */
function isOpen(schema: Schema): boolean {
  return (
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    (schema.type === 'object' && schema.properties === undefined)
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
