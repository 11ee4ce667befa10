import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';

/** A structural schema, as far as the CRD uses it. */
export interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: string[];
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
  'x-kubernetes-validations'?: { rule: string; message: string }[];
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
}

export interface Crd {
  metadata: { name: string };
  spec: {
    names: Record<string, unknown>;
    versions: {
      name: string;
      additionalPrinterColumns: { name: string; jsonPath: string; priority?: number; type: string }[];
      subresources: { status: object; scale: Record<string, string> };
      schema: { openAPIV3Schema: Schema };
    }[];
  };
}

/** A CustomResourceDefinition as it lies in `crds/`. */
export function readCrd(file: string | URL = new URL('../../../crds/mcphubclusters.mcphub.io.yaml', import.meta.url)) {
  return load(readFileSync(file, 'utf8')) as Crd;
}

export const crd = readCrd();

export function versionOf({ spec }: Crd) {
  const [version] = spec.versions;
  if (version === undefined) throw new Error('the CRD has no version');
  return version;
}

export const rootSchema = versionOf(crd).schema.openAPIV3Schema;

/** A schema and all within it, with their paths: `[]` is an item, `<name>` a value of a map. */
export function schemasWithin(schema: Schema, path: string): { path: string; schema: Schema }[] {
  const children = [
    ...Object.entries(schema.properties ?? {}).map(
      ([name, child]) => [path === '' ? name : `${path}.${name}`, child] as const,
    ),
    ...(schema.items ? [[`${path}[]`, schema.items] as const] : []),
    ...(schema.additionalProperties ? [[`${path}.<name>`, schema.additionalProperties] as const] : []),
  ];
  return [{ path, schema }, ...children.flatMap(([inner, child]) => schemasWithin(child, inner))];
}
