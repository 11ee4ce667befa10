import { closeSockets } from '../support/clients.ts';
import type { Connection } from './connection.ts';
import type { ClientKind, Ledger } from './ledger.ts';
import { Random, seedFor } from './random.ts';
import { RawConnection } from './raw-connection.ts';
import { SdkConnection } from './sdk-connection.ts';
import { ChaosSession } from './session.ts';
import { type Speaker, WatchedFetch } from './watched-fetch.ts';

/** Of every ten sessions. */
const MIX: readonly ClientKind[] = [
  'sdk-v1',
  'raw',
  'sdk-v2',
  'raw-spread',
  'sdk-v1-sse',
  'sdk-v2',
  'raw-spread',
  'sdk-v1',
  'sdk-v2',
  'raw',
];
/** One session in so many uses the route of all servers. */
const AGGREGATED = 4;

export interface LoadOptions {
  /** Begins the names of its sessions. */
  name: string;
  seed: number;
  sessions: number;
  ledger: Ledger;
  /** Where each connection goes to the next coordinator. */
  url: string;
  /** Where each request does. */
  spreadUrl: string;
}

/** All sessions of a run. */
export class Load {
  readonly #stop = new AbortController();
  readonly #fetch: WatchedFetch;
  readonly #running: Promise<void>[];

  /** They begin at once. */
  constructor(options: LoadOptions) {
    const { name: prefix, seed, sessions, ledger } = options;
    this.#fetch = new WatchedFetch(ledger);
    this.#running = Array.from({ length: sessions }, (_, i) => {
      const client = MIX[i % MIX.length] as ClientKind;
      const name = `${prefix}-${i + 1}`;
      const random = new Random(seedFor(seed, name));
      const all = random.between(1, AGGREGATED) === 1;
      const session = new ChaosSession({
        name,
        client,
        random,
        ledger,
        stopped: this.#stop.signal,
        open: () => this.#open(options, name, client, all),
      });
      return session.run();
    });
  }

  async #open({ url, spreadUrl }: LoadOptions, name: string, client: ClientKind, all: boolean): Promise<Connection> {
    const base = client === 'raw-spread' ? spreadUrl : url;
    const target = `${base}${client === 'sdk-v1-sse' ? '/sse' : '/mcp'}${all ? '' : '/tools'}`;
    const prefix = all ? 'tools-' : '';
    const { fetch } = this.#fetch;
    if (client === 'raw' || client === 'raw-spread') return RawConnection.open(target, prefix);
    const speaker: Speaker = { session: name, client, state: 'opening' };
    if (client === 'sdk-v2') return SdkConnection.openV2(target, speaker, prefix, fetch);
    return SdkConnection.openV1(target, speaker, prefix, fetch);
  }

  /** Ends all sessions and closes all connections. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
    await this.#fetch.close();
    await closeSockets();
  }
}
