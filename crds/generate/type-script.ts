import { API } from '../../operator/api/names.ts';
import type { Field, Shape } from '../../operator/api/schema/field.ts';
import { SPEC } from '../../operator/api/schema/spec.ts';
import { STATUS } from '../../operator/api/schema/status.ts';

const WIDTH = 120;

const NOTE = '// Made from operator/api/schema by "npm run generate": change that, not this.\n';

/** File of the shapes that several parts of the spec are built of. */
const BUILDING_BLOCKS = 'building-blocks';

const ROOT = `
/** An object that was read from the API server has the defaults of the schema filled in. */
export interface ${API.kind} {
  apiVersion: '${API.apiVersion}';
  kind: '${API.kind}';
  metadata: ObjectMeta;
  spec: ${SPEC.name};
  status?: ${STATUS.name};
}
`;

/**
 * The types: an interface for every shape, with the descriptions as doc comments. `operator/api/types.ts` has the whole
 * object and exports all others, which are in a file for each part of the spec.
 */
export function typeFiles(): { path: string; text: string }[] {
  const parts = shapesByPart();
  const fileOf = new Map([...parts].flatMap(([part, shapes]) => shapes.map((shape) => [shape.name, part] as const)));
  const files = [...parts].map(([part, shapes]) => ({
    path: `operator/api/types/${part}.ts`,
    text: [NOTE + importsOf(part, shapes, fileOf), ...shapes.map(interfaceText)].join('\n'),
  }));
  const exports = [...parts.keys()].sort().map((part) => `export type * from './types/${part}.ts';\n`);
  const imports = [
    `import type { ObjectMeta } from './object-meta.ts';\n`,
    `import type { ${SPEC.name} } from './types/spec.ts';\n`,
    `import type { ${STATUS.name} } from './types/status.ts';\n\n`,
    `export type { ConditionType } from './conditions.ts';\n`,
    `export type { ObjectMeta, OwnerReference } from './object-meta.ts';\n`,
  ];
  return [{ path: 'operator/api/types.ts', text: [NOTE, ...imports, ...exports, ROOT].join('') }, ...files];
}

/** The shapes of each part of the spec, of the spec itself, of the status, and those that are used by several. */
function shapesByPart(): Map<string, Shape[]> {
  const partOf = new Map<Shape, string>([[SPEC, 'spec']]);
  for (const [name, field] of Object.entries(SPEC.fields)) {
    for (const shape of shapesIn(field).flatMap(reachable)) {
      const part = name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
      partOf.set(shape, [part, undefined].includes(partOf.get(shape)) ? part : BUILDING_BLOCKS);
    }
  }
  for (const shape of reachable(STATUS)) partOf.set(shape, 'status');
  const names = [...partOf.keys()].map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two shapes are called ${twice}`);
  return Map.groupBy(partOf.keys(), (shape) => partOf.get(shape) ?? BUILDING_BLOCKS) as Map<string, Shape[]>;
}

/** A shape, its bases, and all shapes of their fields. */
function reachable(shape: Shape): Shape[] {
  const inner = Object.values(shape.fields).flatMap(shapesIn);
  return [...(shape.base ? reachable(shape.base) : []), shape, ...inner.flatMap(reachable)];
}

function importsOf(part: string, shapes: readonly Shape[], fileOf: ReadonlyMap<string, string>): string {
  const used = shapes.flatMap((shape) => [
    ...(shape.base ? [shape.base.name] : []),
    ...Object.values(shape.fields)
      .flatMap(shapesIn)
      .map(({ name }) => name),
  ]);
  const lines = ['ConditionType'].filter(() => part === 'status').map((name) => importLine(name, '../conditions.ts'));
  const strangers = Map.groupBy(new Set(used.sort()), (name) => fileOf.get(name) ?? '');
  const files = [...strangers.keys()].filter((file) => file !== part).sort();
  lines.push(...files.map((file) => importLine(strangers.get(file)?.join(', ') ?? '', `./${file}.ts`)));
  return lines.length === 0 ? '' : `${lines.join('')}`;
}

function importLine(names: string, from: string): string {
  return `import type { ${names} } from '${from}';\n`;
}

function shapesIn(field: Field): Shape[] {
  if (field.kind === 'object') return [field.shape];
  if (field.kind === 'list') return shapesIn(field.items);
  return field.kind === 'map' ? shapesIn(field.values) : [];
}

function interfaceText(shape: Shape): string {
  const base = shape.base === undefined ? '' : ` extends ${shape.base.name}`;
  const lines = Object.entries(shape.fields).flatMap(([name, field]) => [
    ...comment(sentences(field), '  '),
    `  ${name}${field.required ? '' : '?'}: ${typeOf(field)};`,
  ]);
  const open = shape.open ? ['  [key: string]: unknown;'] : [];
  return [
    ...comment(shape.description, ''),
    `export interface ${shape.name}${base} {`,
    ...open,
    ...lines,
    '}',
    '',
  ].join('\n');
}

function sentences(field: Field): string {
  const fallback = 'default' in field ? field.default : undefined;
  const said = fallback === undefined || (typeof fallback === 'object' && Object.keys(fallback).length === 0);
  return said ? field.description : `${field.description} Default ${JSON.stringify(fallback)}.`;
}

function typeOf(field: Field): string {
  switch (field.kind) {
    case 'text':
      return field.tsType ?? field.choices?.map((word) => `'${word}'`).join(' | ') ?? 'string';
    case 'whole':
      return 'number';
    case 'flag':
      return 'boolean';
    case 'quantity':
      return 'string | number';
    case 'list':
      return listOf(typeOf(field.items));
    case 'map':
      return `Record<string, ${typeOf(field.values)}>`;
    case 'object':
      return field.shape.name;
    case 'embedded':
      return 'Record<string, unknown>';
    case 'any':
      return field.tsType;
  }
}

function listOf(item: string): string {
  return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
}

/** A doc comment in one line if it fits, else wrapped. */
function comment(text: string, indent: string): string[] {
  const single = `${indent}/** ${text} */`;
  if (single.length <= WIDTH) return [single];
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(`${indent} * ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return [`${indent}/**`, ...lines, `${indent} */`];
}
