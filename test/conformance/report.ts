import { isPassed, type Scenario } from './suite.ts';

export interface Run {
  /** What the suite talked to. */
  title: string;
  scenarios: readonly Scenario[];
}

/** The table for a terminal, with the reasons of what failed. */
export function terminalReport({ title, scenarios }: Run): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  const lines = scenarios.map((scenario) => {
    const mark = isPassed(scenario) ? 'pass' : 'FAIL';
    const problems = scenario.problems.map((problem) => `\n        ${problem}`).join('');
    return `  ${mark}  ${scenario.name.padEnd(width)}  ${scenario.passed}/${scenario.passed + scenario.failed}${problems}`;
  });
  return `${title}\n${lines.join('\n')}\n  ${total(scenarios)}\n`;
}

export function total(scenarios: readonly Scenario[]): string {
  return `${scenarios.filter(isPassed).length} of ${scenarios.length}`;
}

/** `docs/conformance.md`; the same results give the same text. */
export function conformancePage(runs: readonly Run[], suiteVersion: string): string {
  const names = [...new Set(runs.flatMap(({ scenarios }) => scenarios.map(({ name }) => name)))];
  const cell = (run: Run, name: string) => {
    const scenario = run.scenarios.find((candidate) => candidate.name === name);
    if (scenario === undefined) return 'not run';
    return isPassed(scenario)
      ? 'pass'
      : `**fail**: ${scenario.problems.join('; ').replaceAll('|', '\\|') || 'no check ran'}`;
  };
  return `# Conformance

What the official suite, \`@modelcontextprotocol/conformance\` ${suiteVersion} (\`server --suite active\`), says of the
endpoint that a coordinator serves for a stdio server on a node, and of the same server behind the SDK's own
transport, with nothing of ours in between. \`npm run conformance\` runs both and writes this page.

The server is \`test/support/fixture\`: the suite calls tools, prompts and resources by fixed names. On the node it has
\`perSessionClient: true\`, because it asks its client for sampling and elicitation.

| scenario | ${runs.map(({ title }) => title).join(' | ')} |
|---|${runs.map(() => '---|').join('')}
${names.map((name) => `| ${name} | ${runs.map((run) => cell(run, name)).join(' | ')} |`).join('\n')}
| **passed** | ${runs.map(({ scenarios }) => `**${total(scenarios)}**`).join(' | ')} |

Revisions: the suite negotiates 2025-11-25. What it does not cover, such as the HTTP+SSE transport of 2024-11-05,
batches of 2025-03-26 and the loss of a node, is covered by tests of our own under \`test/\`.
`;
}
