import type { KubeObject } from '../../../operator/kube/contract.ts';
import { isWrite, type RequestInfo } from '../support/request-info.ts';

interface Managed {
  manager: string;
  subresource?: string;
  /** RFC 3339, in whole seconds. */
  time?: string;
}

/**
 * What was written to what, most often first: `3 x patch mcphubclusters/status one as mcphub-operator-status`. Only an
 * apply says as whom.
 */
export function writtenBy(requests: readonly RequestInfo[]): string[] {
  const counts = Map.groupBy(requests.filter(isWrite), ({ verb, resource, subresource, name, path }) => {
    const manager = new URL(path, 'https://api').searchParams.get('fieldManager');
    const what = subresource === '' ? resource : `${resource}/${subresource}`;
    return [verb, what, name, ...(manager === null ? [] : ['as', manager])].join(' ');
  });
  return [...counts].toSorted(([, a], [, b]) => b.length - a.length).map(([what, { length }]) => `${length} x ${what}`);
}

/**
 * Who changed which objects, to see what writes may have been an answer to: `Pod one-node-abc: kwok/status`.
 * @param since milliseconds since 1970
 */
export function changedSince(objects: readonly KubeObject[], since: number): string[] {
  const second = Math.floor(since / 1_000) * 1_000;
  return objects.flatMap(({ kind, metadata }) => {
    const managed = (metadata as { managedFields?: Managed[] }).managedFields ?? [];
    const late = managed.filter(({ time = '' }) => Date.parse(time) >= second);
    const who = late.map(({ manager, subresource }) => [manager, subresource].filter(Boolean).join('/'));
    return who.length === 0 ? [] : [`${kind} ${metadata.name}: ${who.join(', ')}`];
  });
}
