import type { KubeObject, Log, Resource, Store, StoreChange } from './contract.ts';
import { controllerOf } from './ownership.ts';

/** What a reflector does to a store. */
export interface WritableStore extends Store {
  /** Everything that there is; what is not among it went. Marks the store as synced. */
  replace(objects: readonly KubeObject[]): void;
  set(object: KubeObject): void;
  remove(object: KubeObject): void;
}

type Listener = (change: StoreChange) => void;

/** A store that is empty and not synced. @param log told of listeners that throw */
export function createStore(resource: Resource, log: Log): WritableStore {
  const objects = new Map<string, Map<string, KubeObject>>();
  const owned = new Map<string, Map<string, KubeObject>>();
  const listeners = new Set<Listener>();
  let synced = false;

  function tell(change: StoreChange): void {
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        log.error(
          { err: error, kind: resource.kind, object: keyOf(change.object ?? change.previous) },
          'a listener threw',
        );
      }
    }
  }

  function put(object: KubeObject): void {
    const { namespace = '', name } = object.metadata;
    drop(namespace, name);
    entry(objects, namespace).set(name, object);
    const owner = controllerOf(object)?.uid;
    if (owner !== undefined) entry(owned, owner).set(keyOf(object), object);
  }

  function drop(namespace: string, name: string): KubeObject | undefined {
    const previous = objects.get(namespace)?.get(name);
    if (previous === undefined) return undefined;
    removeFrom(objects, namespace, name);
    const owner = controllerOf(previous)?.uid;
    if (owner !== undefined) removeFrom(owned, owner, keyOf(previous));
    return previous;
  }

  function set(object: KubeObject): void {
    const { namespace = '', name, uid, resourceVersion } = object.metadata;
    const previous = objects.get(namespace)?.get(name);
    const recreated = previous !== undefined && previous.metadata.uid !== uid;
    if (recreated) remove(previous);
    else if (previous !== undefined && previous.metadata.resourceVersion === resourceVersion) return;
    put(object);
    tell(previous === undefined || recreated ? { object } : { object, previous });
  }

  function remove({ metadata }: KubeObject): void {
    const previous = drop(metadata.namespace ?? '', metadata.name);
    if (previous !== undefined) tell({ previous });
  }

  return {
    resource,
    get synced() {
      return synced;
    },
    get: (namespace, name) => objects.get(namespace)?.get(name),
    list: (namespace) =>
      namespace === undefined
        ? [...objects.values()].flatMap((named) => [...named.values()])
        : [...(objects.get(namespace)?.values() ?? [])],
    ownedBy: (uid) => [...(owned.get(uid)?.values() ?? [])],
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set,
    remove,
    replace(all) {
      const kept = new Set(all.map(keyOf));
      const gone = this.list().filter((object) => !kept.has(keyOf(object)));
      // Before listeners run: what they are told of may make them ask whether they see everything.
      synced = true;
      for (const object of gone) remove(object);
      for (const object of all) set(object);
    },
  };
}

function keyOf(object: KubeObject | undefined): string {
  return `${object?.metadata.namespace ?? ''}/${object?.metadata.name ?? ''}`;
}

function entry<V>(index: Map<string, Map<string, V>>, key: string): Map<string, V> {
  const found = index.get(key) ?? new Map<string, V>();
  index.set(key, found);
  return found;
}

function removeFrom<V>(index: Map<string, Map<string, V>>, key: string, name: string): void {
  const found = index.get(key);
  found?.delete(name);
  if (found?.size === 0) index.delete(key);
}
