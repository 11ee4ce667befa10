import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two looks: the API server is asked each time. */
const INTERVAL = 100;

/**
 * Asks until what is asked for is so: until `attempt` does not reject any more.
 * @param what completes "did not come: "
 * @param within milliseconds
 * @returns what `attempt` returned
 * @throws with what `attempt` rejected with at last
 */
export async function eventually<T>(what: string, attempt: () => Promise<T> | T, within = 20_000): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) {
        throw new Error(`did not come within ${within} ms: ${what}: ${(error as Error).message}`, { cause: error });
      }
    }
    await sleep(INTERVAL);
  }
}

/**
 * Looks again and again that something stays as it is, and rejects as soon as it does not.
 * @param milliseconds how long
 */
export async function throughout(milliseconds: number, attempt: () => Promise<unknown> | unknown): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (performance.now() < deadline) {
    await attempt();
    await sleep(INTERVAL);
  }
}
