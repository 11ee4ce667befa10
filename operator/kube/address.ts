import type { KubeObject, Resource } from './contract.ts';

/** `v1`, or `group/version`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** Path of a group and version, such as `/api/v1` or `/apis/apps/v1`. */
export function groupPath(resource: Resource): string {
  const root = resource.group === '' ? '/api' : `/apis/${encodeURIComponent(resource.group)}`;
  return `${root}/${encodeURIComponent(resource.version)}`;
}

/** Path of all objects; of one namespace if it is given. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${groupPath(resource)}${scope}/${encodeURIComponent(resource.plural)}`;
}

/** Path of one object. @throws TypeError without the namespace that the resource needs */
export function objectPath(resource: Resource, namespace: string | undefined, name: string): string {
  if (resource.namespaced && !namespace) throw new TypeError(`${resource.kind} ${name} needs a namespace`);
  if (name === '') throw new TypeError(`a ${resource.kind} without a name has no address`);
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}

/** Path of the object that a manifest describes. */
export function manifestPath(resource: Resource, manifest: KubeObject): string {
  return objectPath(resource, manifest.metadata.namespace, manifest.metadata.name);
}

/** A query of what is set. */
export function queryOf(values: Record<string, string | number | boolean | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}
