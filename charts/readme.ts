import { load } from 'js-yaml';
import { chartFile, chartSchema, chartValues, type Schema, withDefinition } from './chart.ts';

/** A rule of a role, as in `templates/_rules.tpl`. */
export interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

/**
 * The rules that the chart grants.
 * @param name `watchedRules` of the namespaces that are watched, `ownRules` of the release's own
 */
export function chartRules(name: 'watchedRules' | 'ownRules'): Rule[] {
  const text = chartFile('templates/_rules.tpl');
  const found = new RegExp(`define "mcphub-operator\\.${name}" -}}\\n(.*?){{- end }}`, 's').exec(text);
  return load(found?.[1] ?? '') as Rule[];
}

/** README.md with the tables between its markers made anew from values.yaml, values.schema.json and the rules. */
export function chartReadme(): string {
  const values = valueRows(chartSchema(), chartValues()).map(({ path, fallback, description }) => [
    `\`${path}\``,
    fallback,
    description,
  ]);
  const rules = [
    ...chartRules('watchedRules').map((rule) => ruleRow(rule, 'watched')),
    ...chartRules('ownRules').map((rule) => ruleRow(rule, "the release's own")),
  ];
  return [
    { marker: 'values', table: table(['Value', 'Default', 'What it is'], values) },
    { marker: 'rights', table: table(['Objects', 'API group', 'Verbs', 'Namespaces'], rules) },
  ].reduce((text, { marker, table: rows }) => between(text, marker, rows), chartFile('README.md'));
}

interface ValueRow {
  path: string;
  fallback: string;
  description: string;
}

/** A row for each value that is set by itself: an object whose fields the schema names has a row for each of them. */
function valueRows(schema: Schema, values: Record<string, unknown>, root = schema, prefix = ''): ValueRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const field = withDefinition(property, root);
    const path = `${prefix}${name}`;
    const value = values[name];
    // Set by Helm alone.
    if (!(name in values)) return [];
    if (field.properties !== undefined && !isEmpty(value) && isObject(value)) {
      return valueRows(field, value, root, `${path}.`);
    }
    return [rowOf(path, value, describe(field))];
  });
}

function rowOf(path: string, value: unknown, description: string): ValueRow {
  const text = JSON.stringify(value);
  return { path, fallback: text.length > 80 ? 'see `values.yaml`' : `\`${text}\``, description };
}

function describe({ description = '', enum: choices }: Schema): string {
  return choices === undefined ? description : `${description} One of ${choices.map((it) => `\`${it}\``).join(', ')}.`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

function ruleRow({ apiGroups, resources, verbs }: Rule, where: string): string[] {
  return [resources.join(', '), apiGroups.map((group) => group || 'core').join(', '), verbs.join(', '), where];
}

function table(head: string[], rows: string[][]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

function between(text: string, marker: string, content: string): string {
  const [start, end] = [`<!-- ${marker} -->\n`, `\n<!-- /${marker} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`README.md has no ${start.trim()} and ${end.trim()}`);
  return `${text.slice(0, from + start.length)}${content}${text.slice(to)}`;
}
