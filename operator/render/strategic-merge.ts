import type { SpecProblem } from './input.ts';
import { isMap, type JsonMap, listOf } from './json-map.ts';
import { mergeKeyOf, mergeKeysOf } from './merge-keys.ts';

/**
 * A strategic merge patch, as `kubectl patch` has it, of a PodTemplateSpec:
 * - maps are merged at every depth; `null` removes a field;
 * - lists of things with a name are merged by it: containers, initContainers, volumes, env and imagePullSecrets by `name`,
 *   ports by `containerPort`, volumeMounts by `mountPath`, hostAliases by `ip`, topologySpreadConstraints by `topologyKey`. What is
 *   new follows at the end;
 * - tolerations are added, all other lists are replaced;
 * - `$patch: delete` removes an item of such a list or what a map holds, `$patch: replace` takes the patch in place of what was there.
 *
 * @returns the patched copy
 * @example strategicMerge({ spec: { containers: [{ name: 'node', image: 'a' }] } }, { spec: { containers: [{ name: 'node', tty: true }] } })
 */
export function strategicMerge(target: JsonMap, patch: JsonMap): JsonMap {
  const { $patch: directive, ...fields } = patch;
  if (directive === 'delete') return {};
  const merged: JsonMap = directive === 'replace' ? {} : { ...target };
  for (const [key, value] of Object.entries(fields)) {
    if (value === null) delete merged[key];
    else merged[key] = mergeField(key, merged[key], value);
  }
  return merged;
}

/** Items of a patch that lack the name by which they would be merged, such as a container without `name`. */
export function patchProblems(patch: JsonMap, path: string): SpecProblem[] {
  return Object.entries(patch).flatMap(([field, value]) => {
    const at = `${path}.${field}`;
    if (isMap(value)) return patchProblems(value, at);
    const [mergeKey] = mergeKeysOf(field) ?? [];
    return listOf(value).flatMap((item, index) => {
      if (!isMap(item)) return [];
      const isNameless = mergeKey !== undefined && item[mergeKey] === undefined && !isDirective(item, 'replace');
      const place = `${at}[${index}]`;
      const message = `it needs "${mergeKey}", which says what it is merged with`;
      return [...(isNameless ? [{ path: place, message }] : []), ...patchProblems(item, place)];
    });
  });
}

function mergeField(key: string, target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return mergeList(key, listOf(target), patch);
  return isMap(patch) ? strategicMerge(isMap(target) ? target : {}, patch) : patch;
}

function mergeList(field: string, target: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const items = patch.filter((item) => !isDirective(item, 'replace'));
  if (items.length < patch.length) return items;
  if (field === 'tolerations') return [...target, ...items];
  const mergeKey = mergeKeyOf(field, [...target, ...items]);
  if (mergeKey === undefined) return items;
  return items.reduce<unknown[]>((merged, item) => mergeItem(merged, item as JsonMap, mergeKey), [...target]);
}

function mergeItem(list: readonly unknown[], patch: JsonMap, mergeKey: string): unknown[] {
  const same = (item: unknown) => isMap(item) && item[mergeKey] === patch[mergeKey];
  if (patch.$patch === 'delete') return list.filter((item) => !same(item));
  if (!list.some(same)) return [...list, strategicMerge({}, patch)];
  return list.map((item) => (same(item) ? strategicMerge(item as JsonMap, patch) : item));
}

/** `{ $patch: replace }` alone, as an item, is about the whole list. */
function isDirective(item: unknown, directive: string): boolean {
  return isMap(item) && item.$patch === directive && Object.keys(item).length === 1;
}
