import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MUTANTS } from './list.ts';
import { broken, type Mutant, sourceOf } from './mutant.ts';

/**
 * Breaks one guard after another in a copy of the project and runs the tests that are to notice it.
 * `npm run mutants -- [--only TEXT] [--jobs N]`; ends with 1 if fewer than 90 of 100 are noticed, or one is unnoticed without a reason.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Milliseconds that tests may take; a break that makes them hang is noticed, too. */
const LIMIT = 300_000;
/** Share of breaks that must be noticed. */
const WANTED = 0.9;

const { values } = parseArgs({ options: { only: { type: 'string' }, jobs: { type: 'string', default: '1' } } });
const chosen = MUTANTS.filter(
  ({ file, guard }) => values.only === undefined || `${file} ${guard}`.includes(values.only),
);
const unnoticed: Mutant[] = [];
const queue = [...chosen];
await Promise.all(Array.from({ length: Number(values.jobs) }, work));

const noticed = chosen.length - unnoticed.length;
process.stdout.write(`\n${noticed} of ${chosen.length} breaks noticed\n`);
for (const { file, guard, argued } of unnoticed) {
  process.stdout.write(`unnoticed: ${file}: ${guard}\n  ${argued ?? 'without a reason'}\n`);
}
const allArgued = unnoticed.every(({ argued }) => argued !== undefined);
process.exitCode = allArgued && noticed >= WANTED * chosen.length ? 0 : 1;

/** Takes breaks from the queue, in a copy of its own. */
async function work(): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'mcphub-mutants-'));
  try {
    copyProject(copy);
    const sound = new Set<string>();
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const { file, guard, tests } = mutant;
      const source = sourceOf(ROOT, mutant);
      const key = tests.join(' ');
      if (!sound.has(key)) await checkSound(copy, tests);
      sound.add(key);
      writeFileSync(join(copy, file), broken(mutant, source));
      const seen = await fails(copy, tests);
      writeFileSync(join(copy, file), source);
      if (!seen) unnoticed.push(mutant);
      process.stdout.write(`${seen ? 'noticed  ' : 'UNNOTICED'} ${file}: ${guard}\n`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** @throws Error when the tests fail without any break, also at the second try, since a busy machine is no break */
async function checkSound(copy: string, tests: readonly string[]): Promise<void> {
  if ((await fails(copy, tests)) && (await fails(copy, tests))) {
    throw new Error(`these tests fail without any break: ${tests.join(' ')}`);
  }
}

/** All files that git knows or would take; what is installed is shared. */
function copyProject(copy: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const file of listed.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(ROOT, file), join(copy, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
}

/** Whether a test fails, or they take too long. */
function fails(cwd: string, tests: readonly string[]): Promise<boolean> {
  const mocha = join(ROOT, 'node_modules/mocha/bin/mocha.js');
  // A group of its own, so that nothing that a hanging test has started stays.
  const child = spawn(process.execPath, [mocha, '--bail', ...tests], { cwd, stdio: 'ignore', detached: true });
  const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), LIMIT);
  return new Promise((resolve) => {
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code !== 0);
    });
  });
}
