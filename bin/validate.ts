import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { clusterModeOf } from '../settings/cluster-mode.ts';
import { SettingsError } from '../settings/errors.ts';
import { findSettingsFile, loadSettings } from '../settings/load.ts';
import { EXIT, ExitError } from './exit.ts';

/**
 * Checks a settings file as a start would, without starting anything: warnings on standard error, one line with counts
 * on standard output when the file can be used.
 * @param file default: the file that a start in `cwd` would take
 * @throws SettingsError with every problem; ExitError when there is no such file
 */
export function validate(file: string | undefined, env: NodeJS.ProcessEnv, cwd: string): void {
  const path = file === undefined ? findSettingsFile(env, cwd) : resolve(cwd, file);
  if (path === undefined) {
    throw new ExitError(
      `there is no mcp_settings.json in ${cwd} or its parent: name the file, or set MCPHUB_SETTING_PATH`,
      EXIT.usage,
    );
  }
  if (!existsSync(path)) throw new ExitError(`there is no file ${path}`, EXIT.usage);
  const { settings, faults, warnings } = loadSettings(path, env);
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  if (faults.length > 0) throw new SettingsError('MCPHUB_SETTINGS_INVALID', faults, path);
  const counts = [
    count(Object.keys(settings.mcpServers).length, 'server'),
    count(settings.groups.length, 'group'),
    count(settings.bearerKeys.length, 'bearer key'),
  ];
  process.stdout.write(`ok: ${path}: ${counts.join(', ')}, mode ${clusterModeOf(settings)}\n`);
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
