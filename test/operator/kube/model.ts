import { randomUUID } from 'node:crypto';
import type { KubeObject, Resource } from '../../../operator/kube/contract.ts';

export const WIDGETS: Resource = {
  group: 'test.example',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
};

export interface ModelEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  version: number;
  object: KubeObject;
}

/** What an API server keeps of one resource: objects, their versions, and the changes since it last compacted. */
export interface Model {
  readonly version: number;
  readonly compactedTo: number;
  /** Creates or changes; `fields` are merged at the top. */
  put(namespace: string, name: string, fields?: Record<string, unknown>): KubeObject;
  remove(namespace: string, name: string): void;
  get(namespace: string, name: string): KubeObject | undefined;
  list(namespace?: string): KubeObject[];
  since(version: number): ModelEvent[];
  /** Forgets all changes so far: who asks for them gets a 410. */
  compact(): void;
  onEvent(listener: (event: ModelEvent) => void): () => void;
}

export function createModel(resource: Resource = WIDGETS): Model {
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const objects = new Map<string, KubeObject>();
  const events: ModelEvent[] = [];
  const listeners = new Set<(event: ModelEvent) => void>();
  let version = 100;
  let compactedTo = 0;

  function record(type: ModelEvent['type'], object: KubeObject): void {
    const event = { type, version, object };
    events.push(event);
    for (const listener of listeners) listener(event);
  }

  return {
    get version() {
      return version;
    },
    get compactedTo() {
      return compactedTo;
    },
    put(namespace, name, fields = {}) {
      const key = `${namespace}/${name}`;
      const previous = objects.get(key);
      const { metadata, ...rest } = fields as { metadata?: object };
      version++;
      const object = {
        ...previous,
        ...rest,
        apiVersion,
        kind: resource.kind,
        metadata: {
          ...previous?.metadata,
          ...metadata,
          ...(namespace === '' ? {} : { namespace }),
          name,
          uid: previous?.metadata.uid ?? randomUUID(),
          resourceVersion: String(version),
        },
      };
      objects.set(key, object);
      record(previous === undefined ? 'ADDED' : 'MODIFIED', object);
      return object;
    },
    remove(namespace, name) {
      const previous = objects.get(`${namespace}/${name}`);
      if (previous === undefined) return;
      objects.delete(`${namespace}/${name}`);
      version++;
      record('DELETED', { ...previous, metadata: { ...previous.metadata, resourceVersion: String(version) } });
    },
    get: (namespace, name) => objects.get(`${namespace}/${name}`),
    list: (namespace) =>
      [...objects.values()].filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace),
    since: (from) => events.filter((event) => event.version > from),
    compact() {
      compactedTo = version;
      events.length = 0;
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
