import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../chaos/random.ts';
import type { Place } from './place.ts';

/** How often each happens, among all. */
const WEIGHTS = {
  'connections reset': 4,
  'network hangs': 2,
  'nobody listens': 2,
  'writes get 409': 4,
  'requests get 429': 4,
  'requests get 500': 4,
  'answers are lost': 4,
  'answers are cut': 4,
  'streams are cut': 4,
  'watches get 410': 4,
  'lists are slow': 2,
  'API server restarts': 1,
};

export type Disturbance = keyof typeof WEIGHTS;

const WRITES = /^(POST|PUT|PATCH|DELETE)$/;

/** Makes one fault after the other until the signal is aborted, and leaves none. @returns how often each was made */
export async function disturb(
  { plane, proxy }: Place,
  random: Random,
  signal: AbortSignal,
): Promise<Partial<Record<Disturbance, number>>> {
  const counts: Partial<Record<Disturbance, number>> = {};
  const some = () => random.between(3, 30);

  async function make(kind: Disturbance): Promise<unknown> {
    switch (kind) {
      case 'connections reset':
        return proxy.door.resetAll();
      case 'network hangs':
        return proxy.door.set('hang');
      case 'nobody listens':
        return proxy.door.set('refuse');
      case 'writes get 409':
        return proxy.fail({ method: WRITES, times: some() }, { kind: 'status', status: 409, reason: 'Conflict' });
      case 'requests get 429':
        return proxy.fail({ times: some() }, { kind: 'status', status: 429, reason: 'TooManyRequests', retryAfter: 1 });
      case 'requests get 500':
        return proxy.fail({ times: some() }, { kind: 'status', status: 500, reason: 'InternalError' });
      case 'answers are lost':
        return proxy.fail({ method: WRITES, times: some() }, { kind: 'lose-answer' });
      case 'answers are cut':
        return proxy.fail({ times: some() }, { kind: 'cut', bytes: 200 });
      case 'streams are cut':
        return proxy.cut();
      case 'watches get 410':
        proxy.fail({ verb: 'watch', times: some() }, { kind: 'error-event', status: 410, reason: 'Expired' });
        return proxy.cut();
      case 'lists are slow':
        proxy.fail({ verb: 'list', times: some() }, { kind: 'trickle', bytes: 2_000, every: 20 });
        return proxy.cut();
      case 'API server restarts':
        return plane.restartApiServer();
    }
  }

  while (!signal.aborted) {
    const kind = random.weighted(WEIGHTS);
    counts[kind] = (counts[kind] ?? 0) + 1;
    await make(kind);
    await pause(random.between(1_000, 4_000), signal);
    await proxy.heal();
    await pause(random.between(1_000, 4_000), signal);
  }
  return counts;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
