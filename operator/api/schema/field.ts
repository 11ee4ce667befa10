/**
 * The fields of McpHubCluster as data: from them follow the schema of the CRD, the types of TypeScript, the reference page and
 * the defaults. A field is required only if nothing else can be right; one with a default never is.
 */

/**
 * A rule in CEL over `self`, as the API server checks it. `message` says what to write instead; it cannot name keys of maps,
 * because the API server takes a joined text for one of any length and refuses the CRD.
 */
export interface Rule {
  rule: string;
  message: string;
}

interface About {
  /** Documentation of the field: meaning, unit, remedy. */
  description: string;
  required?: true;
  rules?: readonly Rule[];
}

export interface TextField extends About {
  kind: 'text';
  maxLength: number;
  minLength?: number;
  choices?: readonly string[];
  format?: 'date-time';
  default?: string;
  /** Type in TypeScript, where it is narrower than the schema can say. */
  tsType?: string;
}

export interface WholeField extends About {
  kind: 'whole';
  minimum: number;
  maximum: number;
  default?: number;
}

export interface FlagField extends About {
  kind: 'flag';
  default?: boolean;
}

/** A quantity of Kubernetes: `2` or `500m`. */
export interface QuantityField extends About {
  kind: 'quantity';
}

export interface ListField extends About {
  kind: 'list';
  items: Field;
  maxItems: number;
  minItems?: number;
  /** How server-side apply merges: as one value, as a set, or item by item, told apart by these keys. */
  merge: 'atomic' | 'set' | { keys: readonly string[] };
}

export interface MapField extends About {
  kind: 'map';
  values: Field;
  maxProperties: number;
  default?: Readonly<Record<string, string>>;
}

export interface ObjectField extends About {
  kind: 'object';
  shape: Shape;
  /** `{}` lets the defaults of its fields appear. */
  default?: Readonly<Record<string, never>>;
}

/** An object that others define, kept as it is. */
export interface EmbeddedField extends About {
  kind: 'embedded';
  maxProperties: number;
  minProperties?: number;
}

/** A value of any type, kept as it is. */
export interface AnyField extends About {
  kind: 'any';
  tsType: string;
}

export type Field =
  | TextField
  | WholeField
  | FlagField
  | QuantityField
  | ListField
  | MapField
  | ObjectField
  | EmbeddedField
  | AnyField;

export type Fields = Readonly<Record<string, Field>>;

/** What an object consists of, and what its type is called. */
export interface Shape {
  name: string;
  description: string;
  /** Its fields and rules come first. */
  base?: Shape;
  fields: Fields;
  rules?: readonly Rule[];
  /** Keys beside the fields are kept. */
  open?: true;
}

/** All fields of a shape, those of its bases first. */
export function fieldsOf(shape: Shape): Fields {
  return shape.base === undefined ? shape.fields : { ...fieldsOf(shape.base), ...shape.fields };
}

/** All rules of a shape, those of its bases first. */
export function rulesOf(shape: Shape): readonly Rule[] {
  return [...(shape.base === undefined ? [] : rulesOf(shape.base)), ...(shape.rules ?? [])];
}

type Options<F extends Field> = Omit<F, 'kind' | 'description' | 'rules' | 'required'> & {
  rules?: readonly Rule[];
  required?: true;
};

export function text(description: string, options: Options<TextField>): TextField {
  return { kind: 'text', description, ...options };
}

/** One of some words. */
export function choice(
  description: string,
  choices: readonly string[],
  options: { default?: string; required?: true } = {},
): TextField {
  return { kind: 'text', description, choices, maxLength: Math.max(...choices.map((word) => word.length)), ...options };
}

export function whole(description: string, options: Options<WholeField>): WholeField {
  return { kind: 'whole', description, ...options };
}

export function flag(description: string, options: Options<FlagField> = {}): FlagField {
  return { kind: 'flag', description, ...options };
}

export function list(description: string, items: Field, options: Omit<Options<ListField>, 'items'>): ListField {
  return { kind: 'list', description, items, ...options };
}

export function map(description: string, values: Field, options: Omit<Options<MapField>, 'values'>): MapField {
  return { kind: 'map', description, values, ...options };
}

export function object(
  description: string,
  shape: Shape,
  options: Omit<Options<ObjectField>, 'shape'> = {},
): ObjectField {
  return { kind: 'object', description, shape, ...options };
}

export function embedded(description: string, options: Partial<Options<EmbeddedField>> = {}): EmbeddedField {
  return { kind: 'embedded', description, maxProperties: 64, ...options };
}
