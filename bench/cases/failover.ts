import { setTimeout as delay } from 'node:timers/promises';
import { type Case, CONNECTIONS, type Row, rivals } from '../case.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { type Calls, type Crowd, callEach, describe, openCrowd } from '../crowd.ts';
import type { Member } from '../member.ts';
import { AnsweredError, type HttpSession } from '../session.ts';
import { median, quantile, sorted } from '../statistics.ts';

const NODES = 3;
/** Sessions on the node that is killed, of which each is called alone; the first call finds the node gone. */
const IDLE = 20;
/** And of those that are called all at once. */
const MANY = 500;
/** What a call takes that is to be in flight, in milliseconds. */
const CALL_TIME = 60_000;

interface InFlight {
  /** Milliseconds from SIGKILL until the error for each call that got the right one. */
  ends: number[];
  errors: string[];
}

/** Opens sessions, of which some node has enough. */
async function crowdOn(cluster: Cluster, server: string, count: number): Promise<[Crowd, Member, HttpSession[]]> {
  // A quarter more, should they be spread unevenly; calls in flight at once need a connection each.
  const total = Math.ceil(count * NODES * 1.25);
  const connections = server === 'slow' ? total : CONNECTIONS;
  const crowd = await openCrowd(`${cluster.coordinator.url}/mcp/${server}`, total, connections);
  const held = cluster.nodes.map((node) => ({ node, sessions: crowd.of(node.name) }));
  const found = held.sort((a, b) => b.sessions.length - a.sessions.length)[0];
  if (found === undefined || found.sessions.length < count) throw new Error(`no node has ${count} sessions`);
  return [crowd, found.node, found.sessions.slice(0, count)];
}

/** Lets `work` end a node that holds so many sessions, then brings everything back to where it was. */
async function round<T>(
  cluster: Cluster,
  server: string,
  count: number,
  work: (node: Member, sessions: readonly HttpSession[]) => Promise<T>,
): Promise<T> {
  const [crowd, node, sessions] = await crowdOn(cluster, server, count);
  const result = await work(node, sessions);
  await crowd.end();
  await node.start();
  await cluster.settled(node);
  return result;
}

/** Kills the home of idle sessions, which have been used before, and calls each of them. */
async function killAndCall(node: Member, sessions: readonly HttpSession[], limit: number): Promise<Calls> {
  const { errors } = await callEach(sessions, CONNECTIONS);
  if (errors.length > 0) throw new Error(`before the node was killed: ${errors[0]}`);
  await node.kill();
  return callEach(sessions, limit);
}

/** Kills a node under calls. */
async function killUnderCalls(node: Member, sessions: readonly HttpSession[]): Promise<InFlight> {
  const result: InFlight = { ends: [], errors: [] };
  let killedAt = Number.NaN;
  const calls = sessions.map(async (session) => {
    try {
      await session.call('never answered');
      result.errors.push('it was answered');
    } catch (error) {
      if (error instanceof AnsweredError && error.code === 'MCPHUB_NODE_LOST') {
        result.ends.push(performance.now() - killedAt);
      } else result.errors.push(describe(error));
    }
  });
  // Until all have arrived.
  await delay(500);
  killedAt = performance.now();
  await Promise.all([node.kill(), ...calls]);
  return result;
}

/** What becomes of sessions and calls when the node that has them is killed, with two others left. */
export const failover: Case = {
  name: 'failover',
  async run(_loader, quick) {
    const echo = (...args: string[]) => ({ command: process.execPath, args: [rivals('echo-stdio.ts'), ...args] });
    const mcpServers = { echo: echo(), slow: echo(String(CALL_TIME)) };
    const cluster = await startCluster({ nodes: Array.from({ length: NODES }, () => ({ mcpServers })) });
    const times = async <T>(count: number, work: () => Promise<T>) => {
      const results: T[] = [];
      for (let n = 0; n < count; n++) results.push(await work());
      return results;
    };
    try {
      const idle = await times(quick ? 3 : 16, () =>
        round(cluster, 'echo', IDLE, (node, sessions) => killAndCall(node, sessions, 1)),
      );
      const many = await times(quick ? 1 : 3, () =>
        round(cluster, 'echo', MANY, (node, sessions) => killAndCall(node, sessions, CONNECTIONS)),
      );
      const inFlight = await times(quick ? 2 : 5, () => round(cluster, 'slow', CONNECTIONS, killUnderCalls));
      return { rows: [...idleRows(idle), manyRow(many), inFlightRow(inFlight)], raw: { idle, many, inFlight } };
    } finally {
      await cluster.stop();
    }
  },
};

function idleRows(rounds: readonly Calls[]): Row[] {
  const all = sorted(rounds.flatMap(({ latencies }) => latencies));
  const firsts = rounds.map(({ latencies }) => latencies[0] ?? Number.NaN);
  const failed = rounds.flatMap(({ errors }) => errors).length;
  const [p50, p99] = [quantile(all, 0.5), quantile(all, 0.99)];
  const what = 'next call of an idle session whose node was killed';
  const note = `${all.length} sessions of ${rounds.length} nodes${failed > 0 ? `, ${failed} more failed` : ''}`;
  return [
    { what: `${what}, p50`, goal: '30 ms or less', measured: `${p50.toFixed(1)} ms (${note})`, met: p50 <= 30 },
    { what: `${what}, p99`, goal: '150 ms or less', measured: `${p99.toFixed(1)} ms`, met: p99 <= 150 },
    {
      what: 'the first of these calls after each kill, which finds the node gone',
      goal: 'none',
      measured: `${median(firsts).toFixed(1)} ms, at most ${Math.max(...firsts).toFixed(1)} ms`,
    },
  ];
}

function manyRow(rounds: readonly Calls[]): Row {
  const failed = rounds.flatMap(({ errors }) => errors).length;
  const all = sorted(rounds.flatMap(({ latencies }) => latencies));
  return {
    what: `idle sessions that see an error when a node with ${MANY} of them is killed and ${CONNECTIONS} call at a time`,
    goal: '0',
    measured: `${failed} of ${all.length + failed} (calls: p50 ${quantile(all, 0.5).toFixed(1)} ms, p99 ${quantile(all, 0.99).toFixed(1)} ms)`,
    met: failed === 0,
  };
}

function inFlightRow(rounds: readonly InFlight[]): Row {
  const ends = rounds.flatMap((one) => one.ends);
  const wrong = rounds.flatMap(({ errors }) => errors).length;
  const last = Math.max(...ends);
  return {
    what: `${CONNECTIONS} calls in flight: from SIGKILL of the node until the last of them has its JSON-RPC error`,
    goal: 'under 100 ms',
    measured: `${last.toFixed(1)} ms (p50 of all ${ends.length}: ${median(ends).toFixed(1)} ms)${wrong > 0 ? `, ${wrong} ended otherwise` : ''}`,
    met: last < 100 && wrong === 0,
  };
}
