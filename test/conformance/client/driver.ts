import { hosting, startCluster } from '../../support/cluster.ts';
import { assignment, behave } from './behaviour.ts';

/**
 * What the suite starts as its client: `node driver.ts [hub] URL`. With `hub` a coordinator and a node stand between, and
 * what arrives at the suite's server comes from the node.
 */
const wanted = assignment(process.env);
const url = process.argv.at(-1) ?? '';

async function throughHub(): Promise<void> {
  // The client's own elicitation reaches a server of the older revisions only over a connection of its own.
  const suite = { type: 'streamable-http', url, perSessionClient: !wanted.modern };
  const cluster = await startCluster({ nodes: [{ settings: hosting({ suite }) }] });
  try {
    await behave(wanted, `${cluster.url}/mcp/suite`);
  } finally {
    await cluster.stop();
  }
}

await (process.argv[2] === 'hub' ? throughHub() : behave(wanted, url));
// The SDK leaves streams open that would keep the process.
process.exit(0);
