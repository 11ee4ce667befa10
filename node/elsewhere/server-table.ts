import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type ServerTableReply, serverTableReply } from '../../cluster/payload.ts';
import { parseJson } from '../../mcp/json.ts';
import { CONFIG } from '../config.ts';
import { describe } from '../membership/seat.ts';
import { readBody } from '../servers/remote.ts';
import type { Coordinators } from './coordinators.ts';

/** One server of the cluster, as the table tells of it. */
export type ServerTableEntry = NonNullable<NonNullable<ServerTableReply['data']>['servers']>[number];

/** Follows the table of the cluster's servers, which a coordinator answers with as soon as it changes. */
export class ServerTable {
  readonly #coordinators: Coordinators;
  readonly #log: Logger;
  readonly #onChange: (servers: readonly ServerTableEntry[]) => void;
  readonly #stop = new AbortController();
  #known = '';
  #failing = false;

  constructor(coordinators: Coordinators, log: Logger, onChange: (servers: readonly ServerTableEntry[]) => void) {
    this.#coordinators = coordinators;
    this.#log = log;
    this.#onChange = onChange;
  }

  /** Runs until `stop`. */
  async follow(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const began = performance.now();
      const heard = await this.#ask().catch((error: unknown) => this.#failed(error));
      if (heard !== false) this.#failing = false;
      // Who knows the table already is to be kept waiting.
      const isSlow = heard === 'new' || performance.now() - began >= CONFIG.tableRetry;
      const pause = heard !== false && isSlow ? CONFIG.tablePause : CONFIG.tableRetry;
      await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  /** One question, which waits at the coordinator for the next change. @returns whether it was answered, and with another table */
  async #ask(): Promise<'new' | 'known' | false> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(CONFIG.tableTimeout)]);
    const path = `/api/cluster/servers?known=${encodeURIComponent(this.#known)}`;
    const response = await this.#coordinators.request(path, { method: 'GET', headers: {}, signal });
    const text = await readBody(response, CONFIG.maxTableBytes);
    // A coordinator of an older version has no table.
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    const { data } = serverTableReply.parse(parseJson(text));
    if (data === undefined) return false;
    const isNew = data.version !== this.#known;
    this.#known = data.version;
    if (data.servers !== undefined && !this.#stop.signal.aborted) this.#onChange(data.servers);
    return isNew ? 'new' : 'known';
  }

  #failed(error: unknown): false {
    if (!this.#failing && !this.#stop.signal.aborted) {
      this.#log.debug({ reason: describe(error) }, 'Servers of other nodes not heard of');
    }
    this.#failing = true;
    return false;
  }
}
