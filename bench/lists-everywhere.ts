import { setTimeout as delay } from 'node:timers/promises';
import { atOnce, openCrowd } from './crowd.ts';

/** Enough that each of a few nodes gets some. */
const SESSIONS = 16;

/**
 * Waits until sessions on all of these nodes list so many tools; nodes hear of each other's servers in the background.
 * @throws Error after 30 s, or when a node has no session
 */
export async function listsEverywhere(url: string, nodes: readonly string[], tools: number): Promise<void> {
  const crowd = await openCrowd(url, SESSIONS);
  try {
    for (const node of nodes) if (crowd.of(node).length === 0) throw new Error(`${node} has no session`);
    await atOnce(crowd.sessions, SESSIONS, async (session) => {
      for (const deadline = performance.now() + 30_000; (await session.listTools()).tools < tools; await delay(50)) {
        if (performance.now() > deadline) throw new Error(`a session does not list ${tools} tools`);
      }
    });
  } finally {
    await crowd.end();
  }
}
