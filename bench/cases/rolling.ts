import { setTimeout as delay } from 'node:timers/promises';
import { startBalancer } from '../../test/support/balancer.ts';
import { type Case, type Row, rivals } from '../case.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { openCrowd } from '../crowd.ts';
import type { Member } from '../member.ts';
import { quantile, sorted } from '../statistics.ts';
import { longestSilence, startTraffic, type TimedCall } from '../traffic.ts';

const SESSIONS = 200;
/** Between the calls of one session, in milliseconds. */
const INTERVAL = 500;
/** How long a balancer takes until it sends nobody to a coordinator that ends, in milliseconds. */
const NOTICE = 1_000;
/** Calls before the first restart and after the last, in milliseconds. */
const STEADY = 5_000;
/** How long a member may take to end, in milliseconds: longer than its own `drainTimeout`. */
const PATIENCE = 40_000;

interface Restart {
  member: string;
  /** Milliseconds since the traffic began. */
  began: number;
  /** It had ended. */
  ended: number;
  /** It was all there again. */
  settled: number;
}

/** SIGTERM, wait for the end, start on the same port, wait until it is all there. */
async function restart(cluster: Cluster, member: Member, now: () => number): Promise<Restart> {
  const began = now();
  await member.stop(PATIENCE);
  const ended = now();
  await member.start();
  await cluster.settled(member);
  return { member: member.name, began, ended, settled: now() };
}

/** Every member of a cluster is replaced, one after the other, under sessions that never stop calling. */
export const rolling: Case = {
  name: 'rolling',
  async run(_loader, quick) {
    const mcpServers = { echo: { command: process.execPath, args: [rivals('echo-stdio.ts')] } };
    const cluster = await startCluster({ coordinators: 2, nodes: [{ mcpServers }, { mcpServers }, { mcpServers }] });
    const balancer = await startBalancer(cluster.coordinators.map(({ url }) => url));
    const some = (members: readonly Member[]) => (quick ? members.slice(0, 1) : members);
    try {
      const crowd = await openCrowd(`${balancer.url}/mcp/echo`, SESSIONS, SESSIONS);
      const traffic = startTraffic(crowd.sessions, INTERVAL);
      await delay(STEADY);
      const restarts: Restart[] = [];
      for (const node of some(cluster.nodes)) restarts.push(await restart(cluster, node, traffic.now));
      for (const coordinator of some(cluster.coordinators)) {
        const notice = setTimeout(() => balancer.remove(coordinator.url), NOTICE);
        restarts.push(await restart(cluster, coordinator, traffic.now));
        clearTimeout(notice);
        balancer.add(coordinator.url);
      }
      await delay(STEADY);
      const calls = await traffic.stop();
      await crowd.end();
      return { rows: rows(calls, restarts), raw: { restarts, failed: failures(calls), slowest: slowest(calls) } };
    } finally {
      await balancer.close();
      await cluster.stop();
    }
  },
};

function failures(calls: readonly TimedCall[]): TimedCall[] {
  return calls.filter(({ error }) => error !== undefined);
}

function slowest(calls: readonly TimedCall[]): TimedCall[] {
  return [...calls].sort((a, b) => b.milliseconds - a.milliseconds).slice(0, 20);
}

function p99(calls: readonly TimedCall[]): number {
  const latencies = calls.map(({ milliseconds }) => milliseconds);
  return quantile(sorted(latencies), 0.99);
}

function rows(calls: readonly TimedCall[], restarts: readonly Restart[]): Row[] {
  const failed = failures(calls).length;
  const [from, to] = [restarts[0]?.began ?? 0, restarts.at(-1)?.settled ?? 0];
  const during = calls.filter(({ began }) => began >= from && began < to);
  const steady = calls.filter(({ began }) => began < from || began >= to);
  const longest = Math.max(...during.map(({ milliseconds }) => milliseconds));
  const names = restarts.map(({ member }) => member).join(', ');
  return [
    {
      what: `calls that fail while ${names} restart one after the other under ${SESSIONS} sessions`,
      goal: '0',
      measured: `${failed} of ${calls.length} in ${((to - from) / 1000).toFixed(0)} s`,
      met: failed === 0,
    },
    {
      what: 'for scale, calls during the restarts',
      goal: 'none',
      measured: `p99 ${p99(during).toFixed(1)} ms (${p99(steady).toFixed(1)} ms before and after), longest ${longest.toFixed(0)} ms, no answer to anybody for at most ${longestSilence(during).toFixed(0)} ms`,
    },
  ];
}
