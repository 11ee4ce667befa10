import { isMap, type JsonMap } from './json-map.ts';
import { mergeKeyOf } from './merge-keys.ts';
import { sameQuantity } from './quantity.ts';

/**
 * Paths of the manifest at which a live object says something else, or nothing: `spec.template.spec.containers[node].image`. Without
 * any, applying it would change nothing. Fields that the API server filled in, and those of others, do not matter. Nor does what the
 * manifest of an earlier spec had and this one has not: that shows in the hash of the manifest (`ANNOTATIONS.manifest`), which is to be
 * compared as well.
 *
 * Maps are compared by the keys of the manifest, selectors as a whole; lists of things with a name by that name, all other lists item by item with
 * the same length; quantities by their amount, and a number equals the text that writes it.
 */
export function differences(live: unknown, wanted: unknown): string[] {
  return compare(live, wanted, { path: '', field: '', quantity: false });
}

interface Place {
  path: string;
  /** Name of the nearest field, which says what its items are called by. */
  field: string;
  /** Whether leaves here are quantities. */
  quantity: boolean;
}

/** Fields below which every leaf is an amount. */
const QUANTITIES = new Set(['requests', 'limits', 'sizeLimit', 'averageValue', 'divisor', 'capacity']);
/** Fields whose maps are texts of the user, in which `1000m` and `1` are not the same. */
const TEXTS = new Set(['data', 'labels', 'annotations', 'matchLabels', 'nodeSelector']);

/** Maps that are one value to the API server: a key that somebody adds makes them select something else. */
const ATOMIC = new Set([
  'selector',
  'podSelector',
  'namespaceSelector',
  'labelSelector',
  'matchLabels',
  'nodeSelector',
]);

function compare(live: unknown, wanted: unknown, place: Place): string[] {
  if (wanted === undefined || wanted === null) return [];
  if (Array.isArray(wanted)) return Array.isArray(live) ? compareLists(live, wanted, place) : [place.path];
  if (isMap(wanted)) return isMap(live) ? compareMaps(live, wanted, place) : [place.path];
  return sameLeaf(live, wanted, place.quantity) ? [] : [place.path];
}

function compareMaps(live: JsonMap, wanted: JsonMap, place: Place): string[] {
  if (ATOMIC.has(place.field) && Object.keys(live).some((key) => !Object.hasOwn(wanted, key))) return [place.path];
  return Object.entries(wanted).flatMap(([key, value]) =>
    compare(Object.hasOwn(live, key) ? live[key] : undefined, value, below(place, key)),
  );
}

function below({ path, quantity }: Place, key: string): Place {
  const next = /[.[\]/]/.test(key) ? `${path}[${JSON.stringify(key)}]` : path === '' ? key : `${path}.${key}`;
  return { path: next, field: key, quantity: !TEXTS.has(key) && (quantity || QUANTITIES.has(key)) };
}

function compareLists(live: readonly unknown[], wanted: readonly unknown[], place: Place): string[] {
  const mergeKey = mergeKeyOf(place.field, [...wanted, ...live]);
  if (mergeKey === undefined) {
    if (live.length !== wanted.length) return [place.path];
    return wanted.flatMap((item, index) => compare(live[index], item, { ...place, path: `${place.path}[${index}]` }));
  }
  const nameOf = (item: unknown) => (isMap(item) ? item[mergeKey] : undefined);
  const byName = new Map(live.map((item) => [nameOf(item), item]));
  return wanted.flatMap((item) => {
    const name = nameOf(item);
    return compare(byName.get(name), item, { ...place, path: `${place.path}[${String(name)}]` });
  });
}

function sameLeaf(live: unknown, wanted: unknown, quantity: boolean): boolean {
  if (live === wanted) return true;
  const scalars = [live, wanted].every((value) => typeof value === 'string' || typeof value === 'number');
  if (!scalars) return false;
  return String(live) === String(wanted) || (quantity && sameQuantity(live as string, wanted as string));
}
