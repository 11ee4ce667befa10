import { missReason } from './known-misses.ts';
import type { Row } from './rows.ts';
import { isPassed, type Problem, type Scenario } from './scenarios.ts';
import type { Outcome } from './suite.ts';

export interface Run {
  row: Row;
  outcome: Outcome;
}

/** The suite of a row and what stands between: what `--only` looks at. */
export function nameOf({ suite, title }: Row): string {
  return `${suite.title}, ${title}`;
}

/** "passed of all", where a scenario that did not run is one that did not pass. */
export function total({ row, outcome }: Run): string {
  return `${passedOf(outcome.scenarios)} of ${row.suite.scored.length}`;
}

export function isEnough({ row, outcome }: Run): boolean {
  return passedOf(outcome.scenarios) >= row.least;
}

/** Names of the scenarios that did not pass, those that never ran included. */
export function missesOf({ row, outcome }: Run): string[] {
  return row.suite.scored.filter((name) => !outcome.scenarios.some((ran) => ran.name === name && isPassed(ran)));
}

/** How a row went, for a terminal: each miss with its first failed check. */
export function terminalReport(run: Run): string {
  const { outcome, row } = run;
  const lines = missesOf(run).map((name) => `  FAIL ${name}: ${firstProblem(outcome, name)}`);
  const extra = outcome.unscored.length;
  const beside = extra === 0 ? '' : `, beside them ${passedOf(outcome.unscored)} of ${extra}`;
  return [`${nameOf(row)}: ${total(run)}${beside}`, ...lines].join('\n');
}

/** All that the suite says of failed checks and of what should be better, those of scenarios that do not count too. */
export function details({ outcome }: Run): string {
  const scenarios = [...outcome.scenarios, ...outcome.unscored];
  const lines = scenarios.flatMap(({ name, problems, warnings }) => [
    ...problems.map((problem) => `  ${name}: FAILURE ${inFull(problem)}`),
    ...warnings.map((problem) => `  ${name}: WARNING ${inFull(problem)}`),
  ]);
  return lines.join('\n');
}

/** All rows, for a terminal. */
export function summary(runs: readonly Run[]): string {
  const width = Math.max(0, ...runs.map(({ row }) => nameOf(row).length));
  const line = (run: Run) =>
    `${isEnough(run) ? '    ' : 'LOW '} ${nameOf(run.row).padEnd(width)}  ${total(run)}, at least ${run.row.least}`;
  return runs.map(line).join('\n');
}

function passedOf(scenarios: readonly Scenario[]): number {
  return scenarios.filter(isPassed).length;
}

function firstProblem({ scenarios }: Outcome, name: string): string {
  const ran = scenarios.find((scenario) => scenario.name === name);
  if (ran === undefined) return 'it did not run';
  const [first] = [...ran.problems, ...ran.warnings];
  return first === undefined ? 'nothing was checked' : `${first.id}: ${first.message ?? first.description}`;
}

function inFull({ id, description, message, details }: Problem): string {
  const what = details === undefined ? '' : `\n      ${JSON.stringify(details)}`;
  return `${id}\n      ${description}\n      ${message ?? 'no message'}${what}`;
}

/** Misses that nobody has explained, of all rows. */
export function unexplained(runs: readonly Run[]): string[] {
  return runs.flatMap((run) =>
    missesOf(run)
      .filter((name) => missReason(run.row.title, name) === undefined)
      .map((name) => `${nameOf(run.row)}: ${name}`),
  );
}
