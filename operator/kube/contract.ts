import type { ObjectMeta } from '../api/types.ts';

/** Any object of Kubernetes, as raw JSON. Lists and watches are stamped with apiVersion and kind. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** A kind of object, and how its address is made. */
export interface Resource {
  /** `''` for the core group. */
  group: string;
  version: string;
  kind: string;
  plural: string;
  namespaced: boolean;
}

export interface ListOptions {
  /** All namespaces when absent. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Only `metadata` of each object is sent (PartialObjectMetadata). */
  metadataOnly?: boolean;
  /** Applied to each object as it is read, so that what nobody needs takes no memory. May change its argument. */
  trim?: (object: KubeObject) => KubeObject;
}

/** Calls to an API server. Every call has a time limit and rejects with a KubeError. */
export interface KubeClient {
  /** Undefined where there is none. */
  get(resource: Resource, namespace: string | undefined, name: string): Promise<KubeObject | undefined>;
  list(
    resource: Resource,
    options?: ListOptions,
    signal?: AbortSignal,
  ): Promise<{ items: KubeObject[]; resourceVersion: string }>;
  /** Server-side apply with force. Identical manifests change nothing. */
  apply(resource: Resource, manifest: KubeObject, fieldManager: string): Promise<KubeObject>;
  /** Server-side apply of the status subresource. */
  applyStatus(resource: Resource, manifest: KubeObject, fieldManager: string): Promise<KubeObject>;
  create(resource: Resource, manifest: KubeObject): Promise<KubeObject>;
  update(resource: Resource, object: KubeObject): Promise<KubeObject>;
  /** Undefined where the object is gone. */
  mergePatch(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    patch: Record<string, unknown>,
  ): Promise<KubeObject | undefined>;
  /** Gone already counts as done. @param uid deletes only this very object */
  delete(resource: Resource, namespace: string | undefined, name: string, uid?: string): Promise<void>;
  /** Whether the API server serves the resource now. */
  serves(resource: Resource): Promise<boolean>;
}

/** What an API server answered instead, or that it did not answer. */
export interface KubeErrorFields {
  /** HTTP status; 0 when there was no answer. */
  status: number;
  /** As in a Status object, such as `Conflict`, `Expired`, `Invalid`; `Timeout` and `Unreachable` are ours. */
  reason: string;
  /** Milliseconds that the server asks to wait. */
  retryAfter?: number;
}

/** A local copy of all objects of one resource and selector, kept by a reflector. Reading never waits. */
export interface Store {
  readonly resource: Resource;
  /** False until the first list is complete. */
  readonly synced: boolean;
  get(namespace: string, name: string): KubeObject | undefined;
  list(namespace?: string): readonly KubeObject[];
  /** Those whose controlling owner has this uid. */
  ownedBy(uid: string): readonly KubeObject[];
  /** Called for each object that appeared, changed or went. A recreated object (other uid) is a deletion and an addition. */
  onChange(listener: (change: StoreChange) => void): () => void;
}

export interface StoreChange {
  object?: KubeObject;
  previous?: KubeObject;
}

/** What a reconciler wants next. Nothing: until something changes. */
export interface ReconcileResult {
  /** Milliseconds. */
  requeueAfter?: number;
}

/**
 * Brings one object, by `namespace/name`, to what it should be. A rejection is tried again with growing delays.
 * @param log has the key and the id of this reconcile in each line
 */
export type Reconcile = (key: string, signal: AbortSignal, log?: Log) => Promise<ReconcileResult>;

/** Writes an Event about an object; equal ones are counted, not repeated. Never rejects. */
export interface Events {
  emit(about: KubeObject, event: { type: 'Normal' | 'Warning'; reason: string; message: string }): void;
}

/** A client that can also watch. All its calls share two connections where the server speaks HTTP/2. */
export interface KubeConnection extends KubeClient {
  /**
   * Changes from `resourceVersion` on, until the server ends the stream. Throws a KubeError: for a status that is not
   * 200, for an ERROR event (410 is `Expired`), for a line that is no event (`Malformed`), for a cut connection.
   */
  watch(resource: Resource, options: WatchOptions, signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** The same connections with another time limit of each call, in milliseconds. */
  withTimeout(timeoutMs: number): KubeConnection;
  /** Ends all calls and watches. */
  close(): Promise<void>;
}

export interface WatchOptions extends ListOptions {
  resourceVersion: string;
  /** Seconds after which the server ends the stream. */
  timeoutSeconds: number;
}

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: KubeObject;
}

/** Where the API server is, and how to prove who we are. */
export interface KubeConfig {
  /** URL without a slash at the end. */
  readonly server: string;
  /** Namespace of the Pod or of the context. */
  readonly namespace: string;
  /** An HTTP proxy on the way. */
  readonly proxyUrl?: string;
  /** What each call needs now; files are read again, so that rotation reaches an open client. @param fresh not from the cache */
  credentials(fresh?: boolean): Promise<KubeCredentials>;
}

export interface KubeCredentials {
  headers: Record<string, string>;
  tls: {
    ca?: string;
    cert?: string;
    key?: string;
    passphrase?: string;
    servername?: string;
    rejectUnauthorized?: boolean;
  };
}

/** Time, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that only grow. */
  monotonic(): number;
  /** Runs once after `ms`. Returns how to cancel it. */
  after(ms: number, run: () => void): () => void;
}

/** Lines of JSON: pino, or whatever has its shape. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
