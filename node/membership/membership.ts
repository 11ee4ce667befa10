import { lookup } from 'node:dns/promises';
import { Agent } from 'undici';
import { CONFIG } from '../config.ts';
import { describe, Seat, type SeatOptions } from './seat.ts';

export interface MembershipOptions extends SeatOptions {
  /** URLs of coordinators; each address that a name resolves to is one coordinator. */
  coordinators: readonly string[];
  /** Milliseconds. */
  heartbeatInterval: number;
}

/** When a seat is to beat next, and what of that is under way. */
interface Rhythm {
  seat: Seat;
  timer: NodeJS.Timeout | undefined;
  beating: Promise<void> | undefined;
  /** Something changed while a heartbeat was under way. */
  again: boolean;
}

/** Registers a node with its coordinators and keeps telling them that it is alive and what it has. */
export class Membership {
  readonly #options: MembershipOptions;
  /** By the origin of the coordinator. */
  readonly #rhythms = new Map<string, Rhythm>();
  readonly #agent: Agent;
  /** URLs whose names could not be resolved. */
  readonly #unresolved = new Set<string>();
  #lookups: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#agent = new Agent({
      connect: { timeout: CONFIG.membershipTimeout },
      // The connection lives from one heartbeat to the next, so that the end of a coordinator shows at once.
      keepAliveTimeout: options.heartbeatInterval * 2 + 1_000,
    });
    this.#agent.on('disconnect', (origin) => this.#disconnected(String(origin.origin ?? origin)));
  }

  /** Whether at least one coordinator knows this node. */
  get registered(): boolean {
    return [...this.#rhythms.values()].some(({ seat }) => seat.registered && !seat.failing);
  }

  /** The coordinators that know this node, those that answered last first. */
  addresses(): { origin: string; url: string }[] {
    const seats = [...this.#rhythms.values()].map(({ seat }) => seat).filter(({ registered }) => registered);
    return seats.sort((a, b) => Number(a.failing) - Number(b.failing));
  }

  start(): void {
    void this.#resolveAll();
  }

  /** Something changed that coordinators want to know now. */
  changed(): void {
    for (const rhythm of this.#rhythms.values()) void this.#beat(rhythm);
  }

  /** Tells all coordinators now what is true now, and hears from them. @returns when all have answered or failed */
  async refresh(): Promise<void> {
    await Promise.all(
      [...this.#rhythms.values()].map(async (rhythm) => {
        await rhythm.beating;
        await this.#beat(rhythm);
      }),
    );
  }

  /** A last heartbeat with what is true now, then silence. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#lookups);
    const rhythms = [...this.#rhythms.values()];
    for (const { timer } of rhythms) clearTimeout(timer);
    await Promise.all(
      rhythms.map(async ({ seat, beating }) => {
        await beating;
        await seat.beat(() => true);
      }),
    );
    await this.#agent.destroy();
  }

  /** Names are looked up at each interval: coordinators come and go behind them. */
  async #resolveAll(): Promise<void> {
    await Promise.all(this.#options.coordinators.map((url) => this.#resolve(url)));
    if (this.#stopped) return;
    const { heartbeatInterval } = this.#options;
    const wait = this.#unresolved.size > 0 ? Math.min(CONFIG.refusedRetry, heartbeatInterval) : heartbeatInterval;
    this.#lookups = setTimeout(() => void this.#resolveAll(), wait).unref();
  }

  async #resolve(url: string): Promise<void> {
    const parsed = new URL(url);
    try {
      const found = await lookup(parsed.hostname.replace(/^\[|\]$/g, ''), { all: true });
      const addresses = parsed.protocol === 'https:' ? [undefined] : found.map(({ address }) => address);
      this.#unresolved.delete(url);
      this.#seat(url, new Set(addresses.map((address) => originOf(parsed, address))));
    } catch (error) {
      if (!this.#unresolved.has(url)) {
        this.#options.log.warn({ coordinator: url, reason: describe(error) }, 'Failed to register with coordinator:');
      }
      this.#unresolved.add(url);
    }
  }

  #seat(url: string, origins: ReadonlySet<string>): void {
    if (this.#stopped) return;
    for (const [origin, { seat, timer }] of this.#rhythms) {
      if (seat.url !== url || origins.has(origin)) continue;
      clearTimeout(timer);
      this.#rhythms.delete(origin);
    }
    for (const origin of origins) {
      if (this.#rhythms.has(origin)) continue;
      const seat = new Seat(url, origin, this.#options, this.#agent);
      const rhythm: Rhythm = { seat, timer: undefined, beating: undefined, again: false };
      this.#rhythms.set(origin, rhythm);
      void this.#beat(rhythm);
    }
  }

  /** Beats now; after a heartbeat that is under way, and may have told what was true before. */
  #beat(rhythm: Rhythm): Promise<void> {
    if (rhythm.beating !== undefined) {
      rhythm.again = true;
      return rhythm.beating;
    }
    clearTimeout(rhythm.timer);
    if (this.#stopped) return Promise.resolve();
    const beating = this.#beatNow(rhythm).finally(() => {
      rhythm.beating = undefined;
    });
    rhythm.beating = beating;
    return beating;
  }

  async #beatNow(rhythm: Rhythm): Promise<void> {
    const { seat } = rhythm;
    let resynced = false;
    do {
      rhythm.again = false;
      const outcome = await seat.beat(() => this.#isSpare(seat));
      if (this.#stopped || !this.#rhythms.has(seat.origin)) return;
      // Once in a row: a coordinator that never has enough is told again at the next heartbeat.
      if (outcome === 'again' && !resynced) rhythm.again = true;
      resynced = outcome === 'again';
      const { heartbeatInterval } = this.#options;
      const soon = outcome === 'refused' && !this.#isSpare(seat);
      const wait = soon ? Math.min(CONFIG.refusedRetry, heartbeatInterval) : heartbeatInterval;
      clearTimeout(rhythm.timer);
      rhythm.timer = setTimeout(() => void this.#beat(rhythm), wait).unref();
    } while (rhythm.again);
  }

  /** `localhost` has two addresses, of which one coordinator often has one only. */
  #isSpare({ url, origin, registered }: Seat): boolean {
    if (registered) return false;
    for (const { seat } of this.#rhythms.values()) {
      if (seat.url === url && seat.origin !== origin && seat.registered && !seat.failing) return true;
    }
    return false;
  }

  /** The coordinator may have ended, and its successor wants to hear of this node. */
  #disconnected(origin: string): void {
    const rhythm = this.#rhythms.get(origin);
    if (rhythm === undefined || rhythm.beating !== undefined || this.#stopped) return;
    clearTimeout(rhythm.timer);
    rhythm.timer = setTimeout(() => void this.#beat(rhythm), CONFIG.disconnectDelay).unref();
  }
}

/** One of the addresses of a coordinator, as the beginning of a URL. */
function originOf(url: URL, address: string | undefined): string {
  const host = address === undefined ? url.hostname : address.includes(':') ? `[${address}]` : address;
  return `${url.protocol}//${host}${url.port === '' ? '' : `:${url.port}`}`;
}
