import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SettingsError } from './errors.ts';
import type { Environ } from './expand.ts';

export const SETTINGS_FILE = 'mcp_settings.json';

/**
 * Where the settings are: at `MCPHUB_SETTING_PATH` (a directory, or a path that ends in `.json`; it need not exist yet),
 * else `mcp_settings.json` in the working directory or its parent.
 *
 * @returns an absolute path, or undefined where there is no file: the settings are then empty
 */
export function findSettingsFile(env: Environ, cwd: string): string | undefined {
  const given = env.MCPHUB_SETTING_PATH?.trim();
  if (given) return given.endsWith('.json') ? resolve(cwd, given) : resolve(cwd, given, SETTINGS_FILE);
  return [cwd, dirname(resolve(cwd))].map((folder) => resolve(join(folder, SETTINGS_FILE))).find(existsSync);
}

/**
 * The text of the settings file, without a byte order mark.
 *
 * @returns undefined when there is no such file
 * @throws SettingsError MCPHUB_SETTINGS_UNREADABLE when it is there and cannot be read, or is not UTF-8
 */
export function readSettingsFile(path: string): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new SettingsError('MCPHUB_SETTINGS_UNREADABLE', [reason(code, message)], path);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SettingsError('MCPHUB_SETTINGS_UNREADABLE', ['it is not UTF-8 text; save it as UTF-8'], path);
  }
}

function reason(code: string | undefined, message: string): string {
  if (code === 'EISDIR')
    return 'it is a directory (Docker makes one where a mounted file does not exist); expected a file';
  if (code === 'EACCES')
    return `no permission for user id ${process.getuid?.() ?? 'of this process'}; make it readable`;
  return message;
}
