import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Within the folder of the dependencies, which the built code then finds. */
const PARENT = join(ROOT, 'node_modules', '.cache');
const SCRIPT = 'bench/operator/in-pod';

/**
 * Compiles the operator as for its image, since a process that runs TypeScript holds the compiler of Node too. The folder goes
 * with this process, and nobody's `dist` is touched.
 * @returns path of the script that runs it as in a Pod
 * @throws when it does not compile
 */
export function buildForPods(): string {
  mkdirSync(PARENT, { recursive: true });
  const outDir = mkdtempSync(join(PARENT, 'bench-operator-'));
  process.once('exit', () => rmSync(outDir, { recursive: true, force: true }));
  const config = join(outDir, 'tsconfig.json');
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(ROOT, 'tsconfig.build.json'),
      compilerOptions: { outDir, rootDir: ROOT, declaration: false, typeRoots: [join(ROOT, 'node_modules/@types')] },
      include: [join(ROOT, `${SCRIPT}.ts`)],
    }),
  );
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  execFileSync(process.execPath, [compiler, '-p', config], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  // It says that these files are modules, and has the version.
  copyFileSync(join(ROOT, 'package.json'), join(outDir, 'package.json'));
  return join(outDir, `${SCRIPT}.js`);
}
