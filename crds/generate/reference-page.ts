import { CONDITIONS } from '../../operator/api/conditions.ts';
import { API } from '../../operator/api/names.ts';
import { type Field, fieldsOf, type Rule, rulesOf } from '../../operator/api/schema/field.ts';
import { ROOT_RULES } from '../../operator/api/schema/spec.ts';
import { SPEC_FIELD, STATUS_FIELD } from './custom-resource.ts';

interface Row {
  path: string;
  field: Field;
}

const HEAD = `<!-- Made from operator/api by "npm run generate": change that, not this. -->
# ${API.kind}

\`${API.apiVersion}\`, namespaced, short name \`${API.shortName}\`, category \`${API.category}\`. \`kubectl explain ${API.shortName}.spec\` shows the same on the
command line.

\`\`\`yaml
apiVersion: ${API.apiVersion}
kind: ${API.kind}
metadata:
  name: demo
spec:
  coordinator:
    replicas: 2
  nodes:
    replicas: 3
  mcpServers:                       # the very map of mcp_settings.json
    everything:
      command: npx
      args: ["-y", "@modelcontextprotocol/server-everything"]
\`\`\`

\`kubectl scale ${API.shortName} demo --replicas 5\` changes \`spec.nodes.replicas\`. In paths, \`[]\` is an entry of a list and \`<name>\` a key
of a map. Lists with a key in their type are merged entry by entry by server-side apply; those called atomic are replaced as a whole. Bounds are in
the CRD.
`;

/** The text of `docs/kubernetes-api.md`: fields, rules and conditions. */
export function referencePage(): string {
  return [HEAD, ...specTables(), statusTable(), ruleTable(), conditionTables()].join('\n');
}

function specTables(): string[] {
  const fields = SPEC_FIELD.shape.fields;
  return [
    '## `spec`\n',
    ...Object.entries(fields).map(([name, field]) => {
      const rows = rowsOf(`spec.${name}`, field);
      return `### \`spec.${name}\`\n\n${fieldTable(rows)}`;
    }),
  ];
}

function statusTable(): string {
  return `## \`status\`\n\n${fieldTable(rowsOf('status', STATUS_FIELD))}`;
}

function fieldTable(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ path, field }) =>
      `| \`${path}\` | ${cell(typeOf(field))} | ${cell(defaultOf(field))} | ${cell(field.description)} |`,
  );
  return ['| field | type | default | meaning |', '|---|---|---|---|', ...lines, ''].join('\n');
}

/** A field and all within it, in their order. */
function rowsOf(path: string, field: Field): Row[] {
  return [{ path, field }, ...within(path, field)];
}

function within(path: string, field: Field): Row[] {
  if (field.kind === 'object') {
    return Object.entries(fieldsOf(field.shape)).flatMap(([name, inner]) => rowsOf(`${path}.${name}`, inner));
  }
  if (field.kind === 'list') return within(`${path}[]`, field.items);
  return field.kind === 'map' ? within(`${path}.<name>`, field.values) : [];
}

function typeOf(field: Field): string {
  const required = field.required ? ', required' : '';
  return `${plainType(field)}${required}`;
}

function plainType(field: Field): string {
  switch (field.kind) {
    case 'text':
      return field.choices?.map((word) => `\`${word}\``).join(', ') ?? (field.format ? 'time' : 'text');
    case 'whole':
      return 'whole number';
    case 'flag':
      return 'boolean';
    case 'quantity':
      return 'quantity';
    case 'list':
      return `list of ${plural(field.items)}, ${typeof field.merge === 'string' ? field.merge : `by ${field.merge.keys.join(', ')}`}`;
    case 'map':
      return `map of ${plural(field.values)}`;
    case 'object':
      return 'object';
    case 'embedded':
      return 'object, kept as it is';
    case 'any':
      return 'text or object';
  }
}

function plural(field: Field): string {
  const names: Partial<Record<Field['kind'], string>> = {
    text: 'texts',
    quantity: 'quantities',
    any: 'texts or objects',
  };
  return names[field.kind] ?? 'objects';
}

function defaultOf(field: Field): string {
  if (!('default' in field) || field.default === undefined) return '–';
  return `\`${typeof field.default === 'string' ? field.default : JSON.stringify(field.default)}\``;
}

function ruleTable(): string {
  const rules = [...ROOT_RULES.map((rule) => ({ path: 'the whole object', rule })), ...rulesWithin('spec', SPEC_FIELD)];
  const lines = rules.map(({ path, rule }) => `| \`${path}\` | ${cell(rule.message)} |`);
  return [
    '## Rules\n',
    'The API server refuses an object that breaks one of these, with these words.\n',
    '| where | what it says |',
    '|---|---|',
    ...lines,
    '',
    'Beyond that, the operator reads the settings that follow as the hub would, and looks for names that lead nowhere. What it finds',
    'is in the condition `ConfigValid`, with the path of the field, and until it is repaired the last good state goes on running.',
    '',
  ].join('\n');
}

/** Every rule of a field and of all within it, with its place. */
export function rulesWithin(path: string, field: Field): { path: string; rule: Rule }[] {
  const own = [...(field.kind === 'object' ? rulesOf(field.shape) : []), ...(field.rules ?? [])];
  const rules = own.map((rule) => ({ path, rule }));
  if (field.kind === 'list') return [...rules, ...rulesWithin(`${path}[]`, field.items)];
  if (field.kind === 'map') return [...rules, ...rulesWithin(`${path}.<name>`, field.values)];
  if (field.kind !== 'object') return rules;
  const inner = Object.entries(fieldsOf(field.shape)).flatMap(([name, child]) => rulesWithin(`${path}.${name}`, child));
  return [...rules, ...inner];
}

function conditionTables(): string {
  const tables = Object.entries(CONDITIONS).map(([type, { about, reasons }]) => {
    const lines = Object.entries(reasons).map(
      ([reason, [status, meaning, remedy]]) => `| \`${reason}\` | ${status} | ${cell(meaning)} | ${cell(remedy)} |`,
    );
    return [
      `### \`${type}\``,
      '',
      about,
      '',
      '| reason | status | meaning | what to do |',
      '|---|---|---|---|',
      ...lines,
      '',
    ];
  });
  return ['## Conditions', '', ...tables.flat()].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
