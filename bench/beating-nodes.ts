import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import type { ServerReport } from '../cluster/payload.ts';
import { nodeTag } from '../cluster/tag.ts';
import { Hosts } from '../node/hosts.ts';
import type { Hub } from '../node/hub.ts';
import { Membership } from '../node/membership/membership.ts';
import { membershipReport } from '../node/membership/report.ts';
import { Sessions } from '../node/sessions/sessions.ts';
import { parseSettings } from '../settings/load.ts';
import { fixedSettings } from '../settings/store.ts';
import { listen } from './rivals/listen.ts';

/**
 * What many nodes say to a coordinator, without the nodes: real membership, with reports of servers that do not run, each
 * node over a connection of its own. Arguments are the number of nodes and of servers on each; the coordinator's URL and the
 * token come as with `mcphub` itself.
 */
const [count = 1, servers = 1] = process.argv.slice(2).map(Number);
const { MCPHUB_COORDINATOR_URL: coordinator = '', MCPHUB_CLUSTER_TOKEN: token = '' } = process.env;
const settings = fixedSettings(parseSettings({}));
const { heartbeatInterval } = settings.current.systemConfig.cluster.node;
const log = pino({ level: 'silent' });

const reports: Record<string, ServerReport> = Object.fromEntries(
  Array.from({ length: servers }, (_, index) => [`server-${index + 1}`, { status: 'connected' }]),
);

class ReportedHosts extends Hosts {
  override reports(): Record<string, ServerReport> {
    return reports;
  }
}

function open(id: string): Membership {
  const hub = {
    settings,
    hosts: new ReportedHosts({
      log,
      version: '0.0.0',
      guardian: undefined as never,
      slots: undefined as never,
      turns: undefined as never,
      startTimeout: undefined as never,
      listConnection: undefined as never,
    }),
    sessions: new Sessions(0),
    version: '0.0.0',
    tag: nodeTag(id),
    startedAt: Date.now(),
    draining: false,
  } satisfies Partial<Hub> as unknown as Hub;
  const state = { zone: undefined, instance: randomUUID(), leaving: false, members: [] };
  return new Membership({
    identity: { id, name: id, url: 'http://127.0.0.1:9' },
    coordinators: [coordinator],
    tokens: () => [token],
    heartbeatInterval,
    port: 9,
    basePath: '',
    report: (cursors) => membershipReport(hub, state, cursors),
    onReply: () => {},
    log,
  });
}

for (let n = 1; n <= count; n++) {
  open(`beating-${n}`).start();
  // So that heartbeats are spread over the interval ever after.
  await delay(heartbeatInterval / count);
}
// Timers of membership keep no process alive.
listen('beating nodes', (_req, res) => res.writeHead(200).end());
