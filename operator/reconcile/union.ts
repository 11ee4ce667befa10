import type { Resource, Store } from '../kube/contract.ts';

/** Several stores of one resource, such as one for each namespace that is watched, as one. */
export function unionOf(resource: Resource, stores: readonly Store[]): Store {
  const [only] = stores;
  if (only !== undefined && stores.length === 1) return only;
  return {
    resource,
    get synced() {
      return stores.every(({ synced }) => synced);
    },
    get: (namespace, name) => {
      for (const store of stores) {
        const object = store.get(namespace, name);
        if (object !== undefined) return object;
      }
      return undefined;
    },
    list: (namespace) => stores.flatMap((store) => store.list(namespace)),
    ownedBy: (uid) => stores.flatMap((store) => store.ownedBy(uid)),
    onChange(listener) {
      const ends = stores.map((store) => store.onChange(listener));
      return () => {
        for (const end of ends) end();
      };
    },
  };
}
