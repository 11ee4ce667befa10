import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';

const MODULES = new URL('../../node_modules/', import.meta.url);

/** A pinned version of `@modelcontextprotocol/conformance`, and which of its scenarios are run. */
export interface Suite {
  title: string;
  folder: string;
  args: readonly string[];
  /** Names of the scenarios that count; undefined means all that ran. */
  required(): Promise<ReadonlySet<string> | undefined>;
  /** How many there are: fewer means that some did not run. */
  scenarios: number;
}

export const ACTIVE: Suite = {
  title: '0.1.16 active',
  folder: fileURLToPath(new URL('@modelcontextprotocol/conformance/', MODULES)),
  args: ['--suite', 'active'],
  required: async () => undefined,
  scenarios: 30,
};

export const LEGACY: Suite = requirements('2025-11-25', 30);
export const MODERN: Suite = requirements('2026-07-28', 37);

function requirements(revision: string, scenarios: number): Suite {
  const folder = fileURLToPath(new URL('conformance-next/', MODULES));
  return {
    title: `0.2.0-alpha.12 ${revision}`,
    folder,
    args: ['--requirements', revision],
    required: async () => {
      const text = await readFile(join(folder, 'requirements', `${revision}.yaml`), 'utf8');
      return new Set((load(text) as { server: string[] }).server);
    },
    scenarios,
  };
}

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
 * Runs the server scenarios of a suite in a process of its own.
 * @param url of the endpoint; its host must be loopback
 * @param timeout milliseconds for the whole suite
 * @returns the scenarios that count, in the order in which they ran
 */
export async function runSuite(url: string, suite: Suite = ACTIVE, timeout = 300_000): Promise<Scenario[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mcphub-conformance-'));
  try {
    const main = join(suite.folder, 'dist', 'index.js');
    const child = spawn(process.execPath, [main, 'server', '--url', url, ...suite.args, '-o', folder], {
      cwd: folder,
      stdio: 'ignore',
      timeout,
    });
    const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    if (signal !== null) throw new Error(`the suite did not end within ${timeout} ms`);
    const required = await suite.required();
    const scenarios = await readScenarios(folder);
    return scenarios.filter(({ name }) => required === undefined || required.has(name));
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

/** The suite counts a scenario whose checks only warn as passed. */
export function isPassed({ failed }: Scenario): boolean {
  return failed === 0;
}
