import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from '../../test/kube/support/control-plane.ts';
import { tokenOf } from '../../test/kube/support/identities.ts';
import { CLIENTS } from '../../test/kube/support/raw-client.ts';

export interface SeenObject {
  kind?: string;
  metadata: { name: string; annotations?: Record<string, string> };
  [field: string]: unknown;
}

/** Milliseconds for a change to arrive. */
const LIMIT = 30_000;

/** Sees objects change as the API server tells of them, without asking again and again. */
export class ObjectWatch {
  readonly #ends = new AbortController();
  readonly #waiting = new Set<(path: string, object: SeenObject) => void>();
  readonly #streams: Promise<unknown>[] = [];

  /** @param paths collections, such as `/api/v1/namespaces/x/services` */
  constructor(plane: ControlPlane, paths: readonly string[]) {
    for (const path of paths) this.#streams.push(this.#follow(plane, path).catch(() => undefined));
  }

  /**
   * Resolves with the `performance.now()` at which the last of these has come.
   * @param wanted for each thing that has to be seen, by which object it is
   */
  async allSeen(wanted: readonly ((path: string, object: SeenObject) => boolean)[]): Promise<number> {
    const left = new Set(wanted);
    const done = Promise.withResolvers<number>();
    const look = (path: string, object: SeenObject) => {
      for (const is of left) if (is(path, object)) left.delete(is);
      if (left.size === 0) done.resolve(performance.now());
    };
    this.#waiting.add(look);
    const late = sleep(LIMIT, undefined, { signal: this.#ends.signal }).then(() => {
      throw new Error(`${left.size} of ${wanted.length} changes did not come within ${LIMIT} ms`);
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([done.promise, late]);
    } finally {
      this.#waiting.delete(look);
    }
  }

  async close(): Promise<void> {
    this.#ends.abort();
    await Promise.all(this.#streams);
  }

  async #follow(plane: ControlPlane, path: string): Promise<void> {
    let rest = '';
    await CLIENTS['HTTP/1.1']?.({
      url: plane.server,
      ca: plane.ca,
      token: tokenOf('admin'),
      path: `${path}?watch=1`,
      signal: this.#ends.signal,
      onData: (chunk) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const { object } = JSON.parse(line) as { object: SeenObject };
          for (const look of this.#waiting) look(path, object);
        }
      },
    });
  }
}
