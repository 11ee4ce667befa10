import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Outcome, Speech } from './load.ts';

interface Reply {
  result?: Outcome;
  error?: string;
}

/** The load generator seen from the benchmark. */
export interface Loader {
  open(target: string, url: string, connections: number, speech?: Speech): Promise<void>;
  run(target: string, seconds: number, rate?: number): Promise<Outcome>;
  churn(url: string, count: number): Promise<Outcome>;
  list(target: string, count: number): Promise<Outcome>;
  stop(): void;
}

/** Starts the load generator as a process of its own, so that its work is not counted with anybody's. */
export function startLoader(): Loader {
  const child = fork(fileURLToPath(new URL('./load.ts', import.meta.url)), { serialization: 'json' });

  const ended = once(child, 'exit').then((): Reply[] => [{ error: 'the load generator ended' }]);

  async function order(message: Order): Promise<Outcome | undefined> {
    const done = new AbortController();
    const answered = once(child, 'message', { signal: done.signal }) as Promise<Reply[]>;
    child.send(message);
    const [reply] = await Promise.race([answered, ended]);
    done.abort();
    answered.catch(() => undefined);
    if (reply?.error !== undefined) throw new Error(reply.error);
    return reply?.result;
  }

  async function measured(message: Order): Promise<Outcome> {
    const outcome = await order(message);
    if (outcome === undefined || outcome.calls === 0) throw new Error(`nothing was called: ${JSON.stringify(message)}`);
    return outcome;
  }

  return {
    async open(target, url, connections, speech = {}) {
      await order({ kind: 'open', target, url, connections, speech });
    },
    run: (target, seconds, rate) => measured({ kind: 'run', target, seconds, ...(rate === undefined ? {} : { rate }) }),
    churn: (url, count) => measured({ kind: 'churn', url, count }),
    list: (target, count) => measured({ kind: 'list', target, count }),
    stop: () => child.disconnect(),
  };
}
