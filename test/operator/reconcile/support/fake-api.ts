import { randomUUID } from 'node:crypto';
import type { ObjectMeta } from '../../../../operator/api/types.ts';
import type { KubeClient, KubeObject, Resource, Store } from '../../../../operator/kube/contract.ts';
import { KubeError } from '../../../../operator/kube/errors.ts';
import { createStore, type WritableStore } from '../../../../operator/kube/store.ts';

export interface Write {
  verb: 'apply' | 'applyStatus' | 'create' | 'update' | 'mergePatch' | 'delete';
  /** `Kind/name`. */
  object: string;
  body?: unknown;
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * The objects of an API server in memory, for what the reconciler does with one; what a real one does is tested with a real
 * one. Stores follow at once. Server-side apply merges maps and replaces lists.
 */
export class FakeApi implements KubeClient {
  readonly writes: Write[] = [];
  readonly reads: string[] = [];
  /** Kinds that are not served. */
  readonly unserved = new Set<string>();
  /** Names of objects that stores do not show yet. */
  readonly late = new Set<string>();
  /** Called before each write; may throw. */
  refuse: (write: Write) => void = () => {};
  /** Called with each object that is stored: what a server changes by itself. */
  normalise: (object: KubeObject) => void = () => {};
  readonly #stores = new Map<string, WritableStore>();
  #version = 0;

  store(resource: Resource): WritableStore {
    const known = this.#stores.get(resource.kind);
    if (known !== undefined) return known;
    const store = createStore(resource, SILENT);
    store.replace([]);
    this.#stores.set(resource.kind, store);
    return store;
  }

  /** The store that the reconciler reads. */
  served(resource: Resource): Store | undefined {
    if (this.unserved.has(resource.kind)) return undefined;
    const store = this.store(resource);
    const get: Store['get'] = (namespace, name) => (this.late.has(name) ? undefined : store.get(namespace, name));
    return Object.create(store, { get: { value: get } });
  }

  find(kind: string, name: string): KubeObject | undefined {
    return this.#stores.get(kind)?.get('default', name);
  }

  /** Changes an object as somebody else would. */
  edit(resource: Resource, name: string, change: (object: KubeObject) => void): void {
    const object = structuredClone(this.find(resource.kind, name));
    if (object === undefined) throw new Error(`there is no ${resource.kind} ${name}`);
    change(object);
    this.put(resource, object);
  }

  put(resource: Resource, object: KubeObject): KubeObject {
    this.#version += 1;
    const metadata: ObjectMeta = {
      uid: randomUUID(),
      namespace: 'default',
      ...object.metadata,
      resourceVersion: String(this.#version),
    };
    const stored = structuredClone({ ...object, metadata });
    this.normalise(stored);
    this.store(resource).set(stored);
    return stored;
  }

  async get(resource: Resource, _namespace: string | undefined, name: string): Promise<KubeObject | undefined> {
    this.reads.push(`${resource.kind}/${name}`);
    return this.find(resource.kind, name);
  }

  async list(resource: Resource) {
    return { items: [...this.store(resource).list()], resourceVersion: String(this.#version) };
  }

  async apply(resource: Resource, manifest: KubeObject): Promise<KubeObject> {
    return this.#write('apply', resource, manifest, (live) => {
      const merged = merge(live ?? {}, manifest) as KubeObject;
      const { generation = 0 } = live?.metadata ?? {};
      return { ...merged, metadata: { ...merged.metadata, generation: generation + 1 } };
    });
  }

  async applyStatus(resource: Resource, manifest: KubeObject): Promise<KubeObject> {
    return this.#write('applyStatus', resource, manifest, (live) => {
      if (live === undefined) throw new KubeError('not found', { status: 404, reason: 'NotFound' });
      return { ...live, status: manifest.status };
    });
  }

  async create(resource: Resource, manifest: KubeObject): Promise<KubeObject> {
    return this.#write('create', resource, manifest, (live) => {
      if (live !== undefined) throw new KubeError('there already', { status: 409, reason: 'AlreadyExists' });
      return manifest;
    });
  }

  async update(resource: Resource, object: KubeObject): Promise<KubeObject> {
    return this.#write('update', resource, object, (live) => {
      if (live?.metadata.resourceVersion !== object.metadata.resourceVersion) {
        throw new KubeError('changed since', { status: 409, reason: 'Conflict' });
      }
      return object;
    });
  }

  async mergePatch(resource: Resource, _namespace: string | undefined, name: string, patch: Record<string, unknown>) {
    const live = this.find(resource.kind, name);
    if (live === undefined) return undefined;
    const manifest = { ...live, metadata: { ...live.metadata } };
    return this.#write('mergePatch', resource, manifest, () => merge(live, patch) as KubeObject, patch);
  }

  async delete(resource: Resource, _namespace: string | undefined, name: string): Promise<void> {
    const write: Write = { verb: 'delete', object: `${resource.kind}/${name}` };
    this.refuse(write);
    this.writes.push(write);
    const live = this.find(resource.kind, name);
    if (live !== undefined) this.store(resource).remove(live);
  }

  async serves(resource: Resource): Promise<boolean> {
    return !this.unserved.has(resource.kind);
  }

  /** The writes since the last call, as `verb Kind/name`. */
  takeWrites(): string[] {
    return this.writes.splice(0).map(({ verb, object }) => `${verb} ${object}`);
  }

  async #write(
    verb: Write['verb'],
    resource: Resource,
    manifest: KubeObject,
    change: (live: KubeObject | undefined) => KubeObject,
    body: unknown = manifest,
  ): Promise<KubeObject> {
    const write: Write = { verb, object: `${resource.kind}/${manifest.metadata.name}`, body };
    this.refuse(write);
    this.writes.push(write);
    return this.put(resource, change(this.find(resource.kind, manifest.metadata.name)));
  }
}

function merge(live: unknown, wanted: unknown): unknown {
  if (!isMap(live) || !isMap(wanted)) return wanted;
  const result: Record<string, unknown> = { ...live };
  for (const [key, value] of Object.entries(wanted)) {
    if (value === null) delete result[key];
    else result[key] = merge(live[key], value);
  }
  return result;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
