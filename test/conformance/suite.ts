import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readScenarios, type Scenario } from './scenarios.ts';

/** A pinned version of the official suite with a set of its scenarios. */
export interface Suite {
  title: string;
  /** Folder in node_modules. */
  folder: string;
  /** Which side of the protocol is tested. */
  leg: 'server' | 'client';
  /** Arguments that choose the scenarios, one process for each entry. */
  runs: readonly (readonly string[])[];
  /** The scenarios that count; what else a run has is beside the point. */
  scored: readonly string[];
}

export interface Outcome {
  /** Those that count, in the order in which they ran. */
  scenarios: Scenario[];
  /** Those that the suite runs along, such as extensions. */
  unscored: Scenario[];
}

const MODULES = new URL('../../node_modules/', import.meta.url);

/** The version of the package of a suite. */
export async function versionOf({ folder }: Suite): Promise<string> {
  const description = await readFile(new URL(`${folder}/package.json`, MODULES), 'utf8');
  return (JSON.parse(description) as { version: string }).version;
}

/**
 * Runs a suite in processes of its own.
 * @param subject the URL of a server, whose host must be loopback, or the command of a client
 * @param milliseconds for each process
 * @throws Error when a process does not end in time
 */
export async function runSuite(suite: Suite, subject: string, milliseconds = 300_000): Promise<Outcome> {
  const found: Scenario[] = [];
  for (const choice of suite.runs) {
    const folder = await mkdtemp(join(tmpdir(), 'mcphub-conformance-'));
    try {
      const flag = suite.leg === 'server' ? '--url' : '--command';
      await run(suite, [...choice, flag, subject, '-o', folder], folder, milliseconds);
      found.push(...(await readScenarios(folder)));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const scored = (scenario: Scenario) => suite.scored.includes(scenario.name);
  return { scenarios: found.filter(scored), unscored: found.filter((scenario) => !scored(scenario)) };
}

async function run({ folder, leg }: Suite, args: string[], cwd: string, timeout: number): Promise<void> {
  const script = fileURLToPath(new URL(`${folder}/dist/index.js`, MODULES));
  const child = spawn(process.execPath, [script, leg, ...args], { cwd, stdio: 'ignore', timeout });
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (signal !== null) throw new Error(`${folder} ${leg} ${args.join(' ')} did not end within ${timeout} ms`);
}
