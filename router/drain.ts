import { setTimeout as delay } from 'node:timers/promises';
import type { Exchange } from './forward/exchange.ts';

/**
 * The first part of a graceful stop: streams end, so that clients reopen them elsewhere, and connections close with the
 * next answer, while new requests are still served until balancers have noticed.
 * @param milliseconds how long that is
 */
export async function drain(exchanges: ReadonlySet<Exchange>, milliseconds: number): Promise<void> {
  for (const exchange of [...exchanges]) {
    if (exchange.res.headersSent) exchange.endStreamPatiently();
    else exchange.res.shouldKeepAlive = false;
  }
  if (milliseconds > 0) await delay(milliseconds);
}

/**
 * The second part, when no new connection is taken: what is in flight, and what still comes on open connections, finishes, or ends
 * with an error.
 * @param time milliseconds: `atLeast` for requests that are on their way, `atMost` for all of it
 */
export async function finish(
  exchanges: ReadonlySet<Exchange>,
  { atLeast, atMost }: { atLeast: number; atMost: number },
): Promise<void> {
  const begun = performance.now();
  const age = () => performance.now() - begun;
  while ((exchanges.size > 0 && age() < atMost) || age() < atLeast) {
    for (const exchange of [...exchanges]) if (exchange.res.headersSent) exchange.endStreamPatiently();
    await delay(LOOK_AGAIN);
  }
  for (const exchange of [...exchanges]) exchange.cutOff();
  // What was written last is on its way when the responses are over.
  const ended = [...exchanges].map(({ res }) => new Promise<void>((resolve) => res.once('close', () => resolve())));
  const late = new AbortController();
  await Promise.race([Promise.all(ended), delay(LAST_WRITES, undefined, { signal: late.signal }).catch(() => {})]);
  late.abort();
}

/** How often it is looked whether all is over, in milliseconds. */
const LOOK_AGAIN = 20;
/** How long the last answers may take to leave, in milliseconds. */
const LAST_WRITES = 1_000;
