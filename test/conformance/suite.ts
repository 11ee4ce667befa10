import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SUITE = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
);

export interface Scenario {
  name: string;
  passed: number;
  failed: number;
  /** What each failed check says. */
  problems: string[];
}

interface Check {
  description: string;
  status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'INFO' | 'SKIPPED';
  errorMessage?: string;
}

/**
 * Runs the server scenarios of `@modelcontextprotocol/conformance` in a process of its own.
 * @param url of the endpoint; its host must be loopback
 * @param suite `active` (all that is settled), `pending` or `all`
 * @param timeout milliseconds for the whole suite
 * @returns the scenarios in the order in which they ran
 */
export async function runSuite(url: string, suite = 'active', timeout = 300_000): Promise<Scenario[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mcphub-conformance-'));
  try {
    const child = spawn(process.execPath, [SUITE, 'server', '--url', url, '--suite', suite, '-o', folder], {
      cwd: folder,
      stdio: 'ignore',
      timeout,
    });
    const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    if (signal !== null) throw new Error(`the suite did not end within ${timeout} ms`);
    return await readScenarios(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Each scenario has a folder `server-<name>-<time>` with a file of checks. */
async function readScenarios(folder: string): Promise<Scenario[]> {
  const scenarios: (Scenario & { at: string })[] = [];
  for (const entry of await readdir(folder)) {
    const [, name, at] = /^server-(.+)-(\d{4}-\d\d-\d\dT.+)$/.exec(entry) ?? [];
    if (name === undefined || at === undefined) continue;
    const checks = JSON.parse(await readFile(join(folder, entry, 'checks.json'), 'utf8')) as Check[];
    const failures = checks.filter(({ status }) => status === 'FAILURE');
    scenarios.push({
      name,
      at,
      passed: checks.filter(({ status }) => status === 'SUCCESS').length,
      failed: failures.length,
      problems: failures.map(({ description, errorMessage }) => errorMessage ?? description),
    });
  }
  return scenarios.sort((a, b) => a.at.localeCompare(b.at)).map(({ at: _at, ...scenario }) => scenario);
}

export function isPassed({ passed, failed }: Scenario): boolean {
  return failed === 0 && passed > 0;
}
