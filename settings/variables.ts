import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { SettingsError } from './errors.ts';
import type { Environ } from './expand.ts';
import { parseJsonc } from './jsonc.ts';

const variables = z.record(z.string(), z.string());

/** Where the file of variables is, if the environment names one. */
export function variablesPath(env: Environ): string | undefined {
  const given = env.MCPHUB_VARIABLES_PATH?.trim();
  return given ? resolve(given) : undefined;
}

/**
 * The variables for `${NAME}` in settings: those of the file at `MCPHUB_VARIABLES_PATH`, and those of the environment, which win.
 * A file can change while the process runs, and no server inherits it; so it suits secrets.
 *
 * @throws SettingsError MCPHUB_SETTINGS_VARIABLES when the file cannot be read, or is anything but a map of texts
 */
export function readVariables(env: Environ): Environ {
  const path = variablesPath(env);
  if (path === undefined) return env;
  const result = variables.safeParse(parse(read(path), path));
  if (result.success) return { ...result.data, ...env };
  const problems = result.error.issues.map(({ path: [name] }) =>
    name === undefined ? 'expected a map such as { "NAME": "value" }' : `${String(name)}: expected a text`,
  );
  throw new SettingsError('MCPHUB_SETTINGS_VARIABLES', problems, path);
}

/** Name of the variable that says to which `systemConfig.cluster.revision` the file belongs. */
export const REVISION_VARIABLE = 'settings/revision';

/**
 * Two files may arrive one after the other. Where both name a revision, only what belongs together is used: else a server
 * would be started without its key for a moment.
 * @throws SettingsError MCPHUB_SETTINGS_VARIABLES when they name different ones
 */
export function requireSameRevision(revision: string | undefined, variables: Environ, env: Environ): void {
  const other = variables[REVISION_VARIABLE];
  if (revision === undefined || other === undefined || other === revision) return;
  const problem = `it belongs to revision ${other} of the settings, and they are of ${revision}; one of the two is about to follow`;
  throw new SettingsError('MCPHUB_SETTINGS_VARIABLES', [problem], variablesPath(env));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new SettingsError('MCPHUB_SETTINGS_VARIABLES', [(error as Error).message], path);
  }
}

/** What a parser says of a text may quote it, and this one has secrets. */
function parse(text: string, path: string): unknown {
  const { value, fault } = parseJsonc(text);
  if (fault === undefined) return value;
  throw new SettingsError('MCPHUB_SETTINGS_VARIABLES', ['it is not JSON; expected { "NAME": "value" }'], path);
}
