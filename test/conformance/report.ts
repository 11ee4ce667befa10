import { missReason } from './known-misses.ts';
import type { Row } from './rows.ts';
import { isPassed, type Scenario } from './suite.ts';

export interface Run {
  row: Row;
  scenarios: readonly Scenario[];
}

/** What failed in a row, for a terminal. */
export function terminalReport({ row, scenarios }: Run): string {
  const failed = scenarios.filter((scenario) => !isPassed(scenario));
  const lines = failed.flatMap(({ name, problems }) => [`  FAIL ${name}`, ...problems.map((text) => `       ${text}`)]);
  return [`${row.suite.title}, ${row.title}: ${total(scenarios)}`, ...lines].join('\n');
}

/** The table of all rows, for a terminal. */
export function summary(runs: readonly Run[]): string {
  const width = Math.max(0, ...runs.map(({ row }) => `${row.suite.title}, ${row.title}`.length));
  return runs
    .map(
      ({ row, scenarios }) =>
        `${`${row.suite.title}, ${row.title}`.padEnd(width)}  ${total(scenarios)} (least ${row.least})`,
    )
    .join('\n');
}

export function total(scenarios: readonly Scenario[]): string {
  return `${scenarios.filter(isPassed).length} of ${scenarios.length}`;
}

/** `docs/conformance.md`; the same results give the same text. */
export function conformancePage(runs: readonly Run[]): string {
  const rows = runs.map(({ row, scenarios }) => {
    const misses = scenarios.filter((scenario) => !isPassed(scenario)).map(({ name }) => name);
    return `| ${row.suite.title} | ${row.title} | **${total(scenarios)}** | ${misses.join(', ') || '-'} |`;
  });
  const missed = runs.flatMap(({ row, scenarios }) =>
    scenarios.filter((scenario) => !isPassed(scenario)).map(({ name }) => [name, missReason(row.title, name)] as const),
  );
  const reasons = [...new Map(missed)].map(([name, reason]) => `- \`${name}\`: ${reason}`);
  return `# Conformance

What the official suite, \`@modelcontextprotocol/conformance\`, says of the endpoint that a coordinator with two nodes serves. \`npm run conformance\`
runs every row and writes this page; \`--only TEXT\` runs some. "direct" is the same server behind the SDK's own transport, with nothing of ours in between. The suites
are the active scenarios of 0.1.16, and those that 0.2.0-alpha.12 requires of the revisions 2025-11-25 and 2026-07-28.

The server is \`test/support/fixture\`: the suite calls tools, prompts and resources by fixed names. It has \`perSessionClient: true\`, because it asks its client. On the route of all servers
a second server runs on another node, and a third is down. A bridge is a client of one era at a server that speaks the other alone.

| suite | between suite and server | passed | missed |
|---|---|---|---|
${rows.join('\n')}

${reasons.length === 0 ? '' : `Why a bridge misses:\n\n${reasons.join('\n')}\n\n`}What the suite does not cover, such as the HTTP+SSE transport of 2024-11-05, batches of 2025-03-26, the loss of a node and servers
on several nodes, is covered by tests of our own under \`test/\`; [compatibility](compatibility.md) has a table of real clients and servers.
`;
}
