import { apiVersionOf, collectionPath, queryOf } from './address.ts';
import type { KubeObject, ListOptions, Resource } from './contract.ts';
import { KubeError } from './errors.ts';
import type { Call } from './request.ts';

/** Objects of one page: what an API server reads and sends at a time. */
const PAGE = 500;

interface Page {
  metadata?: { resourceVersion?: string; continue?: string };
  items?: KubeObject[] | null;
}

/** `Accept` of a list or of a watch. */
export function acceptOf(options: ListOptions, list: boolean): string {
  if (options.metadataOnly !== true) return 'application/json';
  return `application/json;as=PartialObjectMetadata${list ? 'List' : ''};g=meta.k8s.io;v=v1`;
}

/**
 * All objects, page by page. A page that expired while the ones before were read (410) is read again with all others
 * in one piece, as the API server asks for.
 */
export async function listAll(call: Call, resource: Resource, options: ListOptions, signal?: AbortSignal) {
  try {
    return await readPages(call, resource, options, signal, PAGE);
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 410)) throw error;
    return await readPages(call, resource, options, signal, undefined);
  }
}

async function readPages(
  call: Call,
  resource: Resource,
  options: ListOptions,
  signal: AbortSignal | undefined,
  limit: number | undefined,
): Promise<{ items: KubeObject[]; resourceVersion: string }> {
  const items: KubeObject[] = [];
  const { labelSelector, fieldSelector } = options;
  for (let next: string | undefined; ; ) {
    const query = queryOf({ labelSelector, fieldSelector, limit, continue: next });
    const path = collectionPath(resource, options.namespace) + query;
    const page = (await call({ method: 'GET', path, accept: acceptOf(options, true) }, signal)) as Page;
    for (const item of page.items ?? []) items.push(prepared(item, resource, options));
    next = page.metadata?.continue;
    if (!next) return { items, resourceVersion: page.metadata?.resourceVersion ?? '' };
  }
}

/** The object as all readers get it: named by its own kind, whatever the list called it, and trimmed. */
export function prepared(object: KubeObject, resource: Resource, options: ListOptions): KubeObject {
  const whole = { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
  return options.trim === undefined ? whole : options.trim(whole);
}
