import { Client } from 'undici';
import { nodeTag, TAG_LENGTH } from '../cluster/tag.ts';
import { CONNECTIONS } from './case.ts';
import { type HttpSession, openSession } from './session.ts';

/** Many sessions of clients in this process, for cases in which members come and go under them. */
export interface Crowd {
  readonly sessions: readonly HttpSession[];
  /** The sessions that a node opened, by the tag in their ids. */
  of(nodeId: string): HttpSession[];
  /** Ends the sessions and closes the connections. */
  end(): Promise<void>;
}

/**
 * Opens sessions.
 * @param connections over which they are spread; calls of sessions on the same one take turns
 */
export async function openCrowd(url: string, count: number, connections = CONNECTIONS): Promise<Crowd> {
  const { origin, pathname } = new URL(url);
  const clients = Array.from({ length: connections }, () => new Client(origin, { pipelining: 1 }));
  const sessions = await Promise.all(
    Array.from({ length: count }, (_, index) => openSession(clients[index % clients.length] as Client, pathname)),
  );
  return {
    sessions,
    of: (nodeId) => sessions.filter(({ id }) => id?.slice(0, TAG_LENGTH) === nodeTag(nodeId)),
    async end() {
      await atOnce(sessions, CONNECTIONS, (session) => session.end());
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

/** Runs `task` for each item, so many at once. */
export async function atOnce<T>(items: readonly T[], limit: number, task: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: limit }, async () => {
      for (const item of left) await task(item);
    }),
  );
}

/** What became of calls on sessions. */
export interface Calls {
  /** Milliseconds of each call that was answered as it should be. */
  latencies: number[];
  /** Why the others failed. */
  errors: string[];
}

/** One call on each session, so many at once. */
export async function callEach(sessions: readonly HttpSession[], limit: number): Promise<Calls> {
  const calls: Calls = { latencies: [], errors: [] };
  await atOnce(sessions, limit, async (session) => {
    try {
      calls.latencies.push(await session.call(`hello ${session.id}`));
    } catch (error) {
      calls.errors.push(describe(error));
    }
  });
  return calls;
}

export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
