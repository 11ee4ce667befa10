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

/** The second part: streams end, and the other exchanges get `timeout` milliseconds before they end with an error. */
export async function finish(exchanges: ReadonlySet<Exchange>, timeout: number): Promise<void> {
  const ended: Promise<void>[] = [];
  for (const exchange of [...exchanges]) {
    ended.push(new Promise((resolve) => exchange.res.once('close', () => resolve())));
    exchange.endStreamPatiently();
  }
  const all = Promise.allSettled(ended);
  const late = new AbortController();
  await Promise.race([all, delay(timeout, undefined, { signal: late.signal }).catch(() => {})]);
  late.abort();
  for (const exchange of [...exchanges]) exchange.cutOff();
  // What was written last is on its way when the responses are over.
  await Promise.race([all, delay(LAST_WRITES)]);
}

/** How long the last answers may take to leave, in milliseconds. */
const LAST_WRITES = 1_000;
