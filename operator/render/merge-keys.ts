import { ownValue } from './json-map.ts';

/**
 * Fields by which Kubernetes tells the items of a list apart, by the name of the list; lists that are not here are
 * replaced as a whole. The first candidate that all items have counts.
 */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  ports: ['containerPort', 'port'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
  ownerReferences: ['uid'],
};

/** How the items of the lists named `field` are called, where they have names at all. */
export function mergeKeysOf(field: string): readonly string[] | undefined {
  return ownValue(MERGE_KEYS, field);
}

/** The key by which these items of a list named `field` are told apart; undefined for a list that is one value. */
export function mergeKeyOf(field: string, items: readonly unknown[]): string | undefined {
  return mergeKeysOf(field)?.find((key) =>
    items.every((item) => typeof item === 'object' && item !== null && Object.hasOwn(item, key)),
  );
}
