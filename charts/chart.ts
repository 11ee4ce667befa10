import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { load } from 'js-yaml';

/** Root of the project. */
export const ROOT = resolve(import.meta.dirname, '..');

/** Folder of the operator's chart. */
export const CHART = join(ROOT, 'charts/mcphub-operator');

/** A JSON Schema, as far as values.schema.json uses it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: string[];
  anyOf?: Schema[];
  description?: string;
  minimum?: number;
  additionalProperties?: boolean | Schema;
  properties?: Record<string, Schema>;
  items?: Schema;
  definitions?: Record<string, Schema>;
}

/** A file of the chart. */
export function chartFile(path: string): string {
  return readFileSync(join(CHART, path), 'utf8');
}

/** The defaults of values.yaml. */
export function chartValues(): Record<string, unknown> {
  return load(chartFile('values.yaml')) as Record<string, unknown>;
}

/** values.schema.json. */
export function chartSchema(): Schema {
  return JSON.parse(chartFile('values.schema.json')) as Schema;
}

/** A schema with its definition filled in; what is said beside a `$ref` wins. */
export function withDefinition(schema: Schema, root: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...own } = schema;
  const definition = root.definitions?.[$ref.replace('#/definitions/', '')];
  if (definition === undefined) throw new Error(`values.schema.json refers to ${$ref}, which it does not have`);
  return { ...definition, ...own };
}
