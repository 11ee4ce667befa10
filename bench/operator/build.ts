import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Within the folder of the dependencies, which the built code then finds. */
const PARENT = join(ROOT, 'node_modules', '.cache');

/**
 * Compiles the project as for its images, into a folder that goes with this process, so that nobody's `dist` is touched.
 * @returns the folder
 * @throws with what the compiler says
 */
export function buildForPods(): string {
  mkdirSync(PARENT, { recursive: true });
  const folder = mkdtempSync(join(PARENT, 'bench-operator-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const args = [compiler, '-p', 'tsconfig.build.json', '--outDir', folder, '--declaration', 'false'];
  execFileSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  return folder;
}
