import { apiVersionOf, collectionPath, groupPath, manifestPath, objectPath, queryOf } from './address.ts';
import { createConnection } from './connection.ts';
import type { KubeClient, KubeConfig, KubeConnection, KubeObject, Resource } from './contract.ts';
import { withDeadline } from './deadline.ts';
import { KubeError } from './errors.ts';
import { listAll } from './list.ts';
import { type Call, createRequester, type KubeRequest, type Requester, type RequestObserver } from './request.ts';
import { watchStream } from './watch.ts';

/** Milliseconds that a call may take; an API server gives up after 60 s itself. */
export const CALL_TIMEOUT = 30_000;

export interface KubeClientOptions {
  kubeConfig: KubeConfig;
  /** Such as `mcphub-operator/0.1.0`: how the audit log of the API server names us. */
  userAgent: string;
  /** Of each call, in milliseconds. Default 30,000. */
  timeoutMs?: number;
  onRequest?: RequestObserver;
  /** Between HTTP/2 pings, in milliseconds; a connection silent for two of them is replaced. Default 10,000. */
  pingMs?: number;
}

/** A client of raw JSON objects. Connects at the first call. */
export function createKubeClient(options: KubeClientOptions): KubeConnection {
  const { kubeConfig, userAgent, timeoutMs = CALL_TIMEOUT, onRequest, pingMs } = options;
  const connection = createConnection(kubeConfig, pingMs);
  const send = createRequester({ connection, server: kubeConfig.server, userAgent, onRequest });
  return connectionOf(send, timeoutMs, () => connection.close());
}

function connectionOf(send: Requester, timeoutMs: number, close: () => Promise<void>): KubeConnection {
  const call: Call = (request, signal) =>
    withDeadline(`${request.method} ${request.path.split('?')[0]}`, timeoutMs, signal, async (limit) => {
      const answer = await send(request, limit);
      return parse(request, await answer.body.text());
    });
  return {
    ...readsOf(call),
    ...writesOf(call),
    watch: (resource, options, signal) => watchStream(send, timeoutMs, resource, options, signal),
    withTimeout: (ms) => connectionOf(send, ms, close),
    close,
  };
}

function readsOf(call: Call): Pick<KubeClient, 'get' | 'list' | 'serves'> {
  return {
    get: (resource, namespace, name) =>
      unlessGone(call({ method: 'GET', path: objectPath(resource, namespace, name) }) as Promise<KubeObject>),
    list: (resource, options = {}, signal) => listAll(call, resource, options, signal),
    async serves(resource) {
      const found = (await unlessGone(call({ method: 'GET', path: groupPath(resource) }))) as
        | { resources?: { name: string }[] }
        | undefined;
      return found?.resources?.some(({ name }) => name === resource.plural) ?? false;
    },
  };
}

function writesOf(call: Call): Omit<KubeClient, 'get' | 'list' | 'serves'> {
  const write = (method: KubeRequest['method'], path: string, body: unknown, contentType = 'application/json') =>
    call({ method, path, contentType, body: JSON.stringify(body) }) as Promise<KubeObject>;
  const apply = (path: string, manifest: KubeObject, fieldManager: string) =>
    write('PATCH', path + queryOf({ fieldManager, force: true }), manifest, 'application/apply-patch+yaml');
  return {
    apply: (resource, manifest, manager) =>
      apply(manifestPath(resource, manifest), stamped(resource, manifest), manager),
    applyStatus: (resource, manifest, manager) =>
      apply(`${manifestPath(resource, manifest)}/status`, stamped(resource, manifest), manager),
    create: (resource, manifest) =>
      write('POST', collectionPath(resource, manifest.metadata.namespace), stamped(resource, manifest)),
    update: (resource, object) => write('PUT', manifestPath(resource, object), stamped(resource, object)),
    mergePatch: (resource, namespace, name, patch) =>
      unlessGone(write('PATCH', objectPath(resource, namespace, name), patch, 'application/merge-patch+json')),
    async delete(resource, namespace, name, uid) {
      const body = { propagationPolicy: 'Background', ...(uid === undefined ? {} : { preconditions: { uid } }) };
      const done = write('DELETE', objectPath(resource, namespace, name), body);
      await unlessGone(uid === undefined ? done : unless(409, done));
    },
  };
}

/** apiVersion and kind are needed by server-side apply, and objects out of lists do not have them on the wire. */
function stamped(resource: Resource, object: KubeObject): KubeObject {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}

const unlessGone = <T>(answer: Promise<T>) => unless(404, answer);

/** Undefined where the server answers with this status. A 409 of a deletion by uid means that this very object is gone. */
async function unless<T>(status: number, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof KubeError && error.status === status) return undefined;
    throw error;
  }
}

function parse({ method, path }: KubeRequest, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    const message = `${method} ${path.split('?')[0]}: the answer is not JSON: ${body.slice(0, 100)}`;
    throw new KubeError(message, { status: 0, reason: 'Malformed' }, { cause });
  }
}
