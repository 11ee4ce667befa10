import * as models from '@kubernetes/client-node';

interface Attribute {
  name: string;
  baseName: string;
  type: string;
}

type Model = { getAttributeTypeMap?: () => Attribute[] };

const MODELS = models as unknown as Record<string, Model | undefined>;

/** Models that a kind's version does not follow from. */
const MODEL_OF: Record<string, string> = {
  'autoscaling/v2': 'V2',
  'apiextensions.k8s.io/v1': 'V1',
};

/** Whether the client library has a model of the kind: those of add-ons it does not know. */
export function hasModel({ apiVersion, kind }: { apiVersion: string; kind: string }): boolean {
  return MODELS[modelName(apiVersion, kind)] !== undefined;
}

/**
 * Fields of a manifest that Kubernetes does not know and would drop, such as `replicaz`.
 * @returns their paths
 */
export function unknownFields(manifest: { apiVersion: string; kind: string }): string[] {
  return walk(manifest, modelName(manifest.apiVersion, manifest.kind), manifest.kind);
}

function modelName(apiVersion: string, kind: string): string {
  return `${MODEL_OF[apiVersion] ?? 'V1'}${kind}`;
}

function walk(value: unknown, type: string, path: string): string[] {
  const element = /^Array<(.+)>$/.exec(type)?.[1];
  if (element !== undefined) {
    if (!Array.isArray(value)) return [`${path}: must be a list`];
    return value.flatMap((item, index) => walk(item, element, `${path}[${index}]`));
  }
  const values = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (values !== undefined)
    return entries(value, path).flatMap(([name, item]) => walk(item, values, `${path}.${name}`));
  const attributes = MODELS[type]?.getAttributeTypeMap?.();
  if (attributes === undefined) return scalarProblem(value, type, path);
  return entries(value, path).flatMap(([name, item]) => {
    const attribute = attributes.find(({ baseName }) => baseName === name);
    return attribute === undefined ? [`${path}.${name}`] : walk(item, attribute.type, `${path}.${name}`);
  });
}

function entries(value: unknown, path: string): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw new Error(`${path}: must be an object, and is ${JSON.stringify(value)}`);
}

function scalarProblem(value: unknown, type: string, path: string): string[] {
  const right = ['string', 'number', 'boolean'].includes(type) ? typeof value === type : true;
  return right ? [] : [`${path}: must be a ${type}, and is ${JSON.stringify(value)}`];
}
