import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startCluster } from '../../bench/cluster.ts';
import { startProcess } from '../../bench/process.ts';
import { conformancePage, type Run, terminalReport } from './report.ts';
import { isPassed, runSuite } from './suite.ts';

const FIXTURE = fileURLToPath(new URL('../support/fixture/', import.meta.url));
const PAGE = new URL('../../docs/conformance.md', import.meta.url);
const PACKAGE = new URL('../../node_modules/@modelcontextprotocol/conformance/package.json', import.meta.url);
/** The number of active scenarios in the pinned version: fewer means that some did not run. */
const SCENARIOS = 30;

/** The fixture behind the SDK's own transport. */
async function direct(): Promise<Run> {
  const server = await startProcess({ name: 'fixture', args: [`${FIXTURE}http.ts`] });
  try {
    return { title: 'direct', scenarios: await runSuite(`${server.url}/mcp`) };
  } finally {
    await server.stop();
  }
}

/** The fixture as a stdio server of a node, through a coordinator. */
async function routed(): Promise<Run> {
  const fixture = { command: process.execPath, args: [`${FIXTURE}stdio.ts`], perSessionClient: true };
  const cluster = await startCluster({ nodes: [{ mcpServers: { fixture } }] });
  try {
    return { title: 'coordinator and node', scenarios: await runSuite(`${cluster.coordinator.url}/mcp/fixture`) };
  } finally {
    await cluster.stop();
  }
}

function succeeded({ scenarios }: Run): boolean {
  return scenarios.length === SCENARIOS && scenarios.every(isPassed);
}

/** `--direct` runs the reference alone and writes nothing. */
async function main(): Promise<void> {
  const onlyDirect = process.argv.includes('--direct');
  const runs: Run[] = [];
  for (const run of onlyDirect ? [direct] : [direct, routed]) {
    const done = await run();
    process.stdout.write(`${terminalReport(done)}\n`);
    runs.push(done);
  }
  if (!onlyDirect) {
    const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
    writeFileSync(PAGE, conformancePage(runs, version));
  }
  if (!runs.every(succeeded)) process.exitCode = 1;
}

await main();
