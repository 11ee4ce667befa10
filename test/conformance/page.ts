import { missReason } from './known-misses.ts';
import { missesOf, type Run, total } from './report.ts';

/** `docs/conformance.md`; the same results give the same text. */
export function conformancePage(runs: readonly Run[]): string {
  const rows = runs.map((run) => {
    const misses = missesOf(run).map((name) => `\`${name}\``);
    return `| ${run.row.suite.title} | ${run.row.title} | **${total(run)}** | ${misses.join(', ')} |`;
  });
  const missed = runs.flatMap(({ row, ...rest }) =>
    missesOf({ row, ...rest }).map((name) => [name, missReason(row.title, name) ?? '**not explained yet**'] as const),
  );
  const reasons = [...new Map(missed.map(([name, reason]) => [`- \`${name}\`: ${reason}`, true])).keys()];
  return `# Conformance

What the official suite, \`@modelcontextprotocol/conformance\`, says of the endpoint that a coordinator with two nodes serves. The suites are the active
scenarios of 0.1.16, and those that 0.2.0-alpha.12 requires of the revisions 2025-11-25 and 2026-07-28.

\`npm run conformance\` runs every row and writes this page. \`npm run conformance -- --only "2026-07-28, bridge"\` runs the rows that contain the text, and
\`--verbose\` prints each failed check in full.

| suite | between suite and server | passed | missed |
|---|---|---|---|
${rows.join('\n')}
${reasons.length === 0 ? '' : `\nWhy these are missed:\n\n${reasons.join('\n')}\n`}
- **direct** is the server behind the SDK's own HTTP, with nothing of ours in between. The server is \`test/support/fixture\`, since the suite calls tools,
  prompts and resources by fixed names. It has \`perSessionClient: "calls"\`, because it asks its client and keeps nothing between calls, unless it speaks 2026-07-28 only.
- On the **server route** both nodes have the server, by stdio or at a remote address.
- On the **route of all servers** a second server runs on the other node, and a third is down.
- A **bridge** is between a client of one era and a server that speaks the other alone.
- In the rows **client**, the suite is the server and judges what arrives there: from SDK v2 clients directly, or from the hub in front of it, with the same clients behind.
  Authorization is left out: the hub is no OAuth client.

What the suite does not cover, such as the HTTP+SSE transport of 2024-11-05, batches of 2025-03-26, the loss of a node and servers
on several nodes, is covered by tests of our own under \`test/\`.
`;
}
