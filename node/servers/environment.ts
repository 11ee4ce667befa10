import { basename } from 'node:path';
import type { ServerConfig, SystemConfig } from '../../settings/schema.ts';

/** The hub's own secrets and where they are, which no server needs. */
const WITHHELD = ['MCPHUB_CLUSTER_TOKEN', 'MCPHUB_CLUSTER_SECRET', 'MCPHUB_VARIABLES_PATH'];
const PYTHON = new Set(['uvx', 'uv', 'python']);
const NPM = new Set(['npm', 'npx', 'pnpm', 'yarn', 'node']);

/**
 * The environment of a stdio server: the hub's without its secrets, the package registries of `systemConfig.install`
 * for the commands that use them, and the entry's own `env` over all.
 */
export function childEnvironment(
  config: ServerConfig,
  install: SystemConfig['install'],
  inherited: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const environment = { ...inherited };
  for (const name of WITHHELD) delete environment[name];
  const command = basename(config.command ?? '').replace(/\.(exe|cmd)$/i, '');
  if (install.pythonIndexUrl && PYTHON.has(command)) environment.UV_DEFAULT_INDEX = install.pythonIndexUrl;
  // The hub starts it again by itself; npm would say nothing for a minute when it cannot reach its registry.
  if (NPM.has(command)) environment.npm_config_fetch_retries ??= '0';
  if (install.npmRegistry && NPM.has(command)) environment.npm_config_registry = install.npmRegistry;
  return { ...environment, ...config.env };
}
