import type { ChaosResult } from './chaos.ts';
import type { Violation } from './invariants.ts';
import { growthOf, mib, type ResourceRow } from './resources.ts';
import { type FaultRow, faultRows, type Gap, type Totals, totalsOf } from './summary.ts';

/** Violations that are shown in full. */
const SHOWN = 12;
const LONGEST = 900;

/** All that a person wants to know of a run, as text. */
export function report(result: ChaosResult): string {
  const { options, ledger, resources, violations, notes } = result;
  const { seed, seconds, sessions, nodes, coordinators } = options;
  return [
    `\n${sessions} sessions, ${nodes} nodes, ${coordinators} coordinators, ${seconds} s of faults, seed ${seed}\n`,
    table(FAULT_HEAD, faultRows(ledger).map(faultCells)),
    totals(totalsOf(ledger), ledger.sessions),
    table(RESOURCE_HEAD, resources.map(resourceCells)),
    ...(notes.length === 0 ? [] : [`Errors in logs:\n${notes.map((note) => `  ${note}`).join('\n')}\n`]),
    ...(violations.length === 0 ? [] : [violated(violations)]),
    verdict(violations, result),
  ].join('\n');
}

const FAULT_HEAD = ['fault', 'count', 'in flight', 'errors', 'violations', 'streams ended', 'longest gap'];

function faultCells({ kind, count, inFlight, errors, violations, streamEnds, longestGap }: FaultRow): string[] {
  const numbers = [count, inFlight].map(String);
  return [kind, ...numbers, counted(errors), String(violations), String(streamEnds), milliseconds(longestGap)];
}

function totals({ calls, answers, errors, explained, p50, p99, longestGap }: Totals, sessions: number): string {
  return [
    `${calls} calls, ${answers} answers, ${sessions} sessions opened`,
    `errors: ${counted(errors)}; ${explained} of them explained by a fault`,
    `time of a call: p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}; longest gap ${gapWords(longestGap)}\n`,
  ].join('\n');
}

function gapWords(gap: Gap | undefined): string {
  if (gap === undefined) return '-';
  const [from, to] = [gap.from, gap.to].map((at) => (at / 1000).toFixed(3));
  return `${milliseconds(gap.waited)} (${gap.session}, between ${from} s and ${to} s)`;
}

const RESOURCE_HEAD = ['member', 'live', 'growth', 'RSS', 'growth', 'descriptors', 'in the end', 'pooled'];

function resourceCells(row: ResourceRow): string[] {
  const { id, end, before } = row;
  const growth = growthOf(row);
  // Of two processes there is nothing to compare.
  const growths = growth === undefined ? ['(restarted)', '(restarted)'] : [mib(growth.live), mib(growth.rss)];
  const memory = end === undefined ? ['-', '-'] : [mib(end.memory.live), mib(end.memory.rss)];
  const counts = [before?.descriptors.own, end?.descriptors.own, end?.descriptors.pooled].map((n) => String(n ?? '-'));
  return [id, memory[0] ?? '', growths[0] ?? '', memory[1] ?? '', growths[1] ?? '', ...counts];
}

function violated(violations: readonly Violation[]): string {
  const groups = Map.groupBy(violations, ({ rule, sort }) => (sort === undefined ? rule : `${rule}: ${sort}`));
  const share = Math.max(2, Math.floor(SHOWN / groups.size));
  const parts = [...groups].map(([name, all]) => {
    const shown = all.slice(0, share).map(({ what }) => `    ${what.slice(0, LONGEST)}`);
    const rest = all.length > share ? [`    and ${all.length - share} more`] : [];
    return [`  ${all.length} x ${name}`, ...shown, ...rest].join('\n');
  });
  return `Violated:\n${parts.join('\n')}\n`;
}

function verdict(violations: readonly Violation[], { options }: ChaosResult): string {
  const { seed, seconds, sessions, nodes, coordinators, only } = options;
  const again = `--seed ${seed} --seconds ${seconds} --sessions ${sessions} --nodes ${nodes} --coordinators ${coordinators}`;
  const what = violations.length === 0 ? 'PASSED' : `FAILED: ${violations.length} violations`;
  return `${what}. Again: npm run chaos -- ${again} --only ${only.join()}`;
}

function counted(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function milliseconds(value: number): string {
  return `${Number.isNaN(value) ? '-' : value.toFixed(value < 100 ? 1 : 0)} ms`;
}

/** Columns as wide as their widest cell; numbers are easier to compare on the right. */
function table(head: readonly string[], rows: readonly string[][]): string {
  const all = [[...head], ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  lines.splice(1, 0, '-'.repeat(lines[0]?.length ?? 0));
  return `${lines.join('\n')}\n`;
}
