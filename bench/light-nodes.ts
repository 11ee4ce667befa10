import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createNode } from '../node/node.ts';
import { parseSettings } from '../settings/load.ts';
import { fixedSettings } from '../settings/store.ts';
import { announce } from './rivals/listen.ts';

/**
 * Many nodes without servers in one process, named `light-<n>`: arguments are how many, and the number of the first. URL of
 * the coordinator and token come as with `mcphub` itself.
 */
const [count = 1, first = 1] = process.argv.slice(2).map(Number);
const { MCPHUB_COORDINATOR_URL: coordinator = '', MCPHUB_CLUSTER_TOKEN: token = '' } = process.env;
const settings = fixedSettings(parseSettings({}));
const log = pino({ level: 'silent' });

const nodes = Array.from({ length: count }, (_, index) =>
  createNode({
    settings,
    listen: { host: '127.0.0.1', port: 0, basePath: '' },
    identity: { id: `light-${first + index}`, name: `light-${first + index}` },
    coordinators: [coordinator],
    clusterTokens: () => [token],
    log,
    metrics: new Registry(),
    version: '0.0.0',
  }),
);
for (const node of nodes) await node.start();
announce('light nodes', Number(new URL(nodes[0]?.url ?? '').port));
