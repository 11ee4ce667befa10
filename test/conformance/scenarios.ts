import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a scenario of the suite found out. */
export interface Scenario {
  name: string;
  passed: number;
  failed: number;
  /** The failed checks. */
  problems: Problem[];
  /** Checks of what only SHOULD be. */
  warnings: Problem[];
}

export interface Problem {
  id: string;
  description: string;
  message: string | undefined;
  details: unknown;
}

interface Check {
  id: string;
  description: string;
  status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'INFO' | 'SKIPPED';
  errorMessage?: string;
  details?: unknown;
}

/** A scenario that failed no check, and was checked at all. */
export function isPassed({ passed, failed }: Scenario): boolean {
  return failed === 0 && passed > 0;
}

/** Reads what the suite wrote: a folder `[server-]<name>-<time>` per scenario, with a file of checks. */
export async function readScenarios(folder: string): Promise<Scenario[]> {
  const found: { scenario: Scenario; at: string }[] = [];
  for (const entry of await readdir(folder)) {
    const [, name, at] = /^(?:server-)?(.+)-(\d{4}-\d\d-\d\dT.+)$/.exec(entry) ?? [];
    if (name === undefined || at === undefined) continue;
    const scenario = await readScenario(name, join(folder, entry, 'checks.json'));
    found.push({ scenario, at });
  }
  return found.sort((a, b) => a.at.localeCompare(b.at)).map(({ scenario }) => scenario);
}

async function readScenario(name: string, file: string): Promise<Scenario> {
  const checks = await readChecks(file);
  const those = (status: Check['status']) => checks.filter((check) => check.status === status).map(problem);
  const problems = those('FAILURE');
  return { name, passed: those('SUCCESS').length, failed: problems.length, problems, warnings: those('WARNING') };
}

/** A scenario that broke down has a folder without checks. */
async function readChecks(file: string): Promise<Check[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Check[];
  } catch {
    const description = 'The suite could not run the scenario to its end';
    return [{ id: 'no-checks', description, status: 'FAILURE' }];
  }
}

function problem({ id, description, errorMessage, details }: Check): Problem {
  return { id, description, message: errorMessage, details };
}
