import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'undici';
import { TAG_LENGTH } from '../cluster/tag.ts';
import { openModern } from './modern-session.ts';
import { openSession, type Session } from './session.ts';
import { openSseSession } from './sse-session.ts';
import { quantile, sorted } from './statistics.ts';

/** The load generator's process. It does what it is told over IPC and keeps its sessions open between orders. */

/** How a target is spoken to. */
export interface Speech {
  /** In revision 2026-07-28, which has no sessions. */
  modern?: boolean;
  /** What is called; default `echo`. */
  tool?: string;
  /** What a session calls, by the tag of the node in its id. */
  toolAt?: Record<string, string>;
}

export type Order =
  /** Opens one session on each of `connections` connections. */
  | { kind: 'open'; target: string; url: string; connections: number; speech: Speech }
  /** Calls for `seconds`; as fast as possible, or `rate` calls a second over all connections. */
  | { kind: 'run'; target: string; seconds: number; rate?: number }
  /** Opens `count` sessions on 32 connections, makes one call on each and leaves them. */
  | { kind: 'churn'; url: string; count: number }
  /** Asks for all tools, one list after the other. */
  | { kind: 'list'; target: string; count: number };

export interface Outcome {
  calls: number;
  seconds: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Tools in each list; for `list` only. */
  tools?: number;
}

const CONNECTIONS = 32;
const targets = new Map<string, Session[]>();

function connect(url: string): { client: Client; path: string } {
  const { origin, pathname } = new URL(url);
  return { client: new Client(origin, { pipelining: 1 }), path: pathname };
}

function outcome(latencies: readonly number[], started: number): Outcome {
  const all = sorted(latencies);
  const seconds = (performance.now() - started) / 1000;
  return { calls: all.length, seconds, p50: quantile(all, 0.5), p99: quantile(all, 0.99) };
}

async function open(url: string, connections: number, { modern, tool, toolAt }: Speech): Promise<Session[]> {
  return Promise.all(
    Array.from({ length: connections }, () => {
      const { client, path } = connect(url);
      if (modern) return openModern(client, path, tool);
      if (path.startsWith('/sse')) return openSseSession(url);
      return openSession(client, path, (id) => toolAt?.[id.slice(0, TAG_LENGTH)] ?? tool);
    }),
  );
}

async function run(sessions: readonly Session[], seconds: number, rate?: number): Promise<Outcome> {
  const latencies: number[] = [];
  const started = performance.now();
  const until = started + seconds * 1000;
  const gap = rate === undefined ? 0 : (sessions.length * 1000) / rate;
  await Promise.all(
    sessions.map(async (session, index) => {
      // Spread over the gap, so that paced connections do not all send at once.
      let next = started + (gap * index) / sessions.length;
      for (let n = 0; performance.now() < until; n++) {
        if (gap > 0) await delay(Math.max(0, next - performance.now()));
        latencies.push(await session.call(`${index}-${n}-${started}`));
        next += gap;
      }
    }),
  );
  return outcome(latencies, started);
}

async function churn(url: string, count: number): Promise<Outcome> {
  const latencies: number[] = [];
  const started = performance.now();
  let left = count;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const { client, path } = connect(url);
      while (left-- > 0) latencies.push(await (await openSession(client, path)).call(`session ${left}`));
      await client.close();
    }),
  );
  return outcome(latencies, started);
}

async function list(sessions: readonly Session[], count: number): Promise<Outcome> {
  const latencies: number[] = [];
  const started = performance.now();
  let tools = 0;
  for (let n = 0; n < count; n++) {
    const session = sessions[n % sessions.length];
    if (session === undefined) break;
    const listed = await session.listTools();
    latencies.push(listed.milliseconds);
    tools = listed.tools;
  }
  return { ...outcome(latencies, started), tools };
}

async function obey(order: Order): Promise<Outcome | undefined> {
  if (order.kind === 'churn') return churn(order.url, order.count);
  if (order.kind === 'open') {
    targets.set(order.target, await open(order.url, order.connections, order.speech));
    return undefined;
  }
  const sessions = targets.get(order.target);
  if (sessions === undefined) throw new Error(`target ${order.target} was not opened`);
  return order.kind === 'list' ? list(sessions, order.count) : run(sessions, order.seconds, order.rate);
}

process.on('message', (order: Order) => {
  obey(order).then(
    (result) => process.send?.({ result }),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
