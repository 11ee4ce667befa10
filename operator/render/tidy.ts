import { isMap, type JsonMap } from './json-map.ts';

/** Empty objects that say something: all Pods, a volume of nothing. */
const MEANINGFUL = new Set(['emptyDir', 'podSelector', 'namespaceSelector', 'labelSelector']);
/** Maps of texts, which the API server keeps as they are. */
const TEXTS = new Set(['data', 'labels', 'annotations', 'nodeSelector', 'matchLabels']);
/** Fields that it leaves out when they are false or 0, because that is what absent means. */
const FALSE = new Set(['hostNetwork', 'hostPID', 'hostIPC', 'readOnly', 'stdin', 'stdinOnce', 'tty']);
const ZERO = new Set([
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
  'minReadySeconds',
  'hostPort',
]);
/** The field in which an empty text means something else than absence: no StorageClass instead of the default one. */
const EMPTY_TEXT = 'storageClassName';

/**
 * A value without what the API server would drop: undefined, null, empty texts, lists and objects (but for those that mean
 * something) and zeros that stand for absence. Else what is applied and what is stored would never be equal.
 *
 * @param key of the field that holds the value
 * @returns undefined when nothing is left
 */
export function tidy(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return tidyList(value);
  if (isMap(value)) return TEXTS.has(key) ? tidyTexts(value) : tidyMap(value, key);
  return isAbsent(value, key) ? undefined : value;
}

function isAbsent(value: unknown, key: string): boolean {
  if (value === '') return key !== EMPTY_TEXT;
  return value === null || (value === false && FALSE.has(key)) || (value === 0 && ZERO.has(key));
}

function tidyList(list: readonly unknown[]): unknown[] | undefined {
  const items = list.map((item) => (isMap(item) ? tidyFields(item) : item));
  return items.length === 0 ? undefined : items;
}

function tidyMap(map: JsonMap, key: string): JsonMap | undefined {
  const fields = tidyFields(map);
  return Object.keys(fields).length === 0 && !MEANINGFUL.has(key) ? undefined : fields;
}

function tidyFields(map: JsonMap): JsonMap {
  return Object.fromEntries(
    Object.entries(map).flatMap(([key, member]) => {
      const kept = tidy(member, key);
      return kept === undefined ? [] : [[key, kept]];
    }),
  );
}

function tidyTexts(map: JsonMap): JsonMap | undefined {
  const entries = Object.entries(map).filter(([, text]) => text !== undefined && text !== null);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
