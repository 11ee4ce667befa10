import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { formatPath, isObject } from './path.ts';

/**
 * The entry of a server with the variables of its `envFile` in `env`, over which its own `env` wins.
 *
 * @param file the settings file, from whose folder a relative path leads
 * @returns a problem where the file cannot be read
 */
export function withEnvFile(name: string, entry: unknown, file: string): { entry: unknown; problem?: string } {
  if (!isObject(entry) || typeof entry.envFile !== 'string' || entry.enabled === false) return { entry };
  if (entry.env !== undefined && !isObject(entry.env)) return { entry };
  try {
    const variables = parseEnv(readFileSync(resolve(dirname(file), entry.envFile), 'utf8'));
    return { entry: { ...entry, env: { ...variables, ...entry.env } } };
  } catch (error) {
    const { code = 'it is no text' } = error as NodeJS.ErrnoException;
    const where = formatPath(['mcpServers', name, 'envFile']);
    return {
      entry,
      problem: `${where}: the file cannot be read (${code}); a relative path starts at the settings file`,
    };
  }
}
