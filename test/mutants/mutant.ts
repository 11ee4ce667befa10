import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A small break of a guard: a condition that protects isolation, authentication, policy, at-most-once, order or a bound. */
export interface Mutant {
  /** What the guard protects, as the loss that a user would have without it. */
  readonly guard: string;
  /** Path from the root of the project. */
  readonly file: string;
  /** Text that occurs once in the file. */
  readonly find: string;
  /** What stands there in the broken program. */
  readonly put: string;
  /** Test files that are to notice the break. */
  readonly tests: readonly string[];
  /** Why the break may stay unnoticed; such a mutant is run all the same. */
  readonly argued?: string;
}

/**
 * The source of a file with its guard broken.
 * @throws Error when the text is not there exactly once, so that the list follows the code
 */
export function broken({ file, find, put }: Mutant, source: string): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places with the text: ${find}`);
  return parts.join(put);
}

/** @param root folder of the project */
export function sourceOf(root: string, { file }: Mutant): string {
  return readFileSync(join(root, file), 'utf8');
}
