import { setTimeout as delay } from 'node:timers/promises';
import { describe } from './crowd.ts';
import type { HttpSession } from './session.ts';

/** One call of one session. */
export interface TimedCall {
  session: number;
  /** Milliseconds since the traffic began. */
  began: number;
  milliseconds: number;
  /** Why it failed. */
  error?: string;
}

/** Calls that go on while something else happens. */
export interface Traffic {
  /** Milliseconds since it began. */
  now(): number;
  /** @returns all calls, in the order of their ends, when the last one has ended */
  stop(): Promise<TimedCall[]>;
}

/** Calls each session at this interval, in milliseconds, or as soon as its last call has ended. */
export function startTraffic(sessions: readonly HttpSession[], interval: number): Traffic {
  const started = performance.now();
  const now = () => performance.now() - started;
  const calls: TimedCall[] = [];
  let running = true;
  const all = Promise.all(
    sessions.map(async (session, index) => {
      // Spread over the interval, so that they do not all call at once.
      for (let next = (interval * index) / sessions.length; running; next = Math.max(next + interval, now())) {
        await delay(Math.max(0, next - now()));
        if (running) calls.push(await timed(session, index, now));
      }
    }),
  );
  return {
    now,
    async stop() {
      running = false;
      await all;
      return calls;
    },
  };
}

async function timed(session: HttpSession, index: number, now: () => number): Promise<TimedCall> {
  const began = now();
  try {
    await session.call(`${index} at ${began}`);
    return { session: index, began, milliseconds: now() - began };
  } catch (error) {
    return { session: index, began, milliseconds: now() - began, error: describe(error) };
  }
}

/** The longest time, in milliseconds, in which no session at all had an answer. */
export function longestSilence(calls: readonly TimedCall[]): number {
  const ends = calls.filter(({ error }) => error === undefined).map(({ began, milliseconds }) => began + milliseconds);
  return Math.max(...ends.map((end, index) => end - (ends[index - 1] ?? end)));
}
