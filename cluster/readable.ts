import { z } from 'zod';
import { isObject } from '../mcp/json.ts';

/** Members of another version may say more, or otherwise: a field that cannot be read counts as not said. */
export function said<T extends z.ZodType>(schema: T) {
  return schema.optional().catch(undefined);
}

/** A list of at most `max` elements; those that cannot be read are left out, so that one of them does not cost the others. */
export function readableItems<T extends z.ZodType>(schema: T, max: number) {
  return z
    .array(z.unknown())
    .max(max)
    .transform((items) =>
      items.flatMap((item) => {
        const read = schema.safeParse(item);
        return read.success ? [read.data as z.output<T>] : [];
      }),
    );
}

/** A map of at most `max` entries; those that cannot be read are left out. */
export function readableEntries<T extends z.ZodType>(name: z.ZodType<string>, schema: T, max: number) {
  return z
    .custom<Record<string, unknown>>(isObject)
    .refine((map) => Object.keys(map).length <= max)
    .transform((map) => {
      const read: Record<string, z.output<T>> = {};
      for (const key of Object.keys(map)) {
        const value = schema.safeParse(map[key]);
        // As zod does: this name would be taken for the prototype.
        if (key !== '__proto__' && name.safeParse(key).success && value.success) read[key] = value.data;
      }
      return read;
    });
}

/** The names of fields that were said and could not be read, for a log: at most ten. */
export function unreadFields(said: unknown, read: object | undefined): string[] {
  if (!isObject(said)) return [];
  const fields = Object.keys(said).filter((name) => {
    const value = said[name];
    return value !== undefined && value !== null && (read as Record<string, unknown> | undefined)?.[name] === undefined;
  });
  return fields.slice(0, 10).map((name) => name.slice(0, 64));
}
