import type { Schema } from './open-api.ts';

/**
 * What a newer schema takes away from users of an older one: fields, choices, room, defaults. Objects that exist would be
 * refused at their next change, or mean something else.
 *
 * @returns sentences, each with the path; empty where everything that was right stays right
 */
export function narrowings(older: Schema, newer: Schema, path = ''): string[] {
  return [
    ...kindOf(older, newer, path),
    ...bounds(older, newer, path),
    ...rules(older, newer, path),
    ...required(older, newer, path),
    ...children(older).flatMap(([name, child]) => {
      const successor = Object.fromEntries(children(newer))[name];
      return successor === undefined ? [`${path}${name}: it is gone`] : narrowings(child, successor, `${path}${name}`);
    }),
  ];
}

function kindOf(older: Schema, newer: Schema, path: string): string[] {
  const keys = ['type', 'format', 'pattern', 'x-kubernetes-list-type', 'x-kubernetes-int-or-string'] as const;
  const changed = keys.filter((key) => newer[key] !== undefined && older[key] !== newer[key]);
  const gone = (older.enum ?? []).filter((word) => newer.enum !== undefined && !newer.enum.includes(word));
  const lostKeys = String(older['x-kubernetes-list-map-keys']) !== String(newer['x-kubernetes-list-map-keys']);
  const closed = older['x-kubernetes-preserve-unknown-fields'] && !newer['x-kubernetes-preserve-unknown-fields'];
  const other = JSON.stringify(older.default) !== JSON.stringify(newer.default);
  return [
    ...changed.map((key) => `${path}: ${key} is ${newer[key]}, it was ${older[key]}`),
    ...gone.map((word) => `${path}: "${word}" is not a choice any more`),
    ...(older.enum === undefined && newer.enum !== undefined ? [`${path}: only some words are left`] : []),
    ...(lostKeys ? [`${path}: its entries are told apart by other keys`] : []),
    ...(closed ? [`${path}: keys that are not known are not kept any more`] : []),
    ...(older.default !== undefined && other ? [`${path}: the default was ${JSON.stringify(older.default)}`] : []),
  ];
}

function bounds(older: Schema, newer: Schema, path: string): string[] {
  const upper = ['maximum', 'maxLength', 'maxItems', 'maxProperties'] as const;
  const lower = ['minimum', 'minLength', 'minItems', 'minProperties'] as const;
  return [
    ...upper.filter((key) => (newer[key] ?? Infinity) < (older[key] ?? Infinity)),
    ...lower.filter((key) => (newer[key] ?? -Infinity) > (older[key] ?? -Infinity)),
  ].map((key) => `${path}: ${key} is ${newer[key]}, it was ${older[key] ?? 'not bounded'}`);
}

/** A rule may be reworded only with eyes open, so a changed one counts as new. */
function rules(older: Schema, newer: Schema, path: string): string[] {
  const known = older['x-kubernetes-validations']?.map(({ rule }) => rule) ?? [];
  const added = (newer['x-kubernetes-validations'] ?? []).filter(({ rule }) => !known.includes(rule));
  return added.map(({ rule }) => `${path}: there is a new rule: ${rule}`);
}

function required(older: Schema, newer: Schema, path: string): string[] {
  const added = (newer.required ?? []).filter((name) => !older.required?.includes(name));
  return added.map((name) => `${path}.${name}: it is required now`);
}

function children({ properties = {}, items, additionalProperties }: Schema): [string, Schema][] {
  return [
    ...Object.entries(properties).map(([name, schema]): [string, Schema] => [`.${name}`, schema]),
    ...(items ? [['[]', items] as [string, Schema]] : []),
    ...(additionalProperties ? [['.<name>', additionalProperties] as [string, Schema]] : []),
  ];
}
