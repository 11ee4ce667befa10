import { lookup } from 'node:dns/promises';
import type { Logger } from 'pino';
import { Agent, request } from 'undici';
import { type GroupReport, type MembershipReply, membershipReply, type RegisterPayload } from '../cluster/payload.ts';
import { CONFIG } from './config.ts';
import { localAddressTowards } from './local-address.ts';

/** What a heartbeat says, beside who the node is; asked anew for each. */
export type MembershipReport = Pick<RegisterPayload, 'servers' | 'metadata'>;

export interface MembershipOptions {
  identity: { id: string; name: string; url?: string | undefined };
  /** URLs of coordinators; each address that a name resolves to is one coordinator. */
  coordinators: readonly string[];
  token: string | undefined;
  /** Milliseconds. */
  heartbeatInterval: number;
  /** Where this node listens, for its advertised URL when none is given. */
  port: number;
  basePath: string;
  report: () => MembershipReport;
  onGroups: (groups: GroupReport[]) => void;
  log: Logger;
}

/** The node's membership at one address of a coordinator. */
interface Seat {
  /** The configured URL that led to it. */
  url: string;
  registered: boolean;
  failing: boolean;
}

interface Beat {
  origin: string;
  /** Undefined when the coordinator took the heartbeat. */
  error?: unknown;
}

/** Registers a node with its coordinators and keeps telling them that it is alive and what it has. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #seats = new Map<string, Seat>();
  readonly #agent = new Agent({ connect: { timeout: CONFIG.membershipTimeout } });
  #timer: NodeJS.Timeout | undefined;
  #beating = false;
  #current: Promise<void> = Promise.resolve();
  #again = false;
  #stopped = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Whether at least one coordinator knows this node. */
  get registered(): boolean {
    return [...this.#seats.values()].some((seat) => seat.registered && !seat.failing);
  }

  start(): void {
    void this.#beat();
  }

  /** Something changed that coordinators want to know now. */
  changed(): void {
    if (this.#beating) this.#again = true;
    else if (!this.#stopped && this.#seats.size > 0) void this.#beat();
  }

  /** Hears from the coordinators now instead of at the next heartbeat; one under way may have been answered too early. */
  async refresh(): Promise<void> {
    await this.#current;
    await this.#beat();
  }

  /** A last heartbeat with what is true now, then silence. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#options.coordinators.map((url) => this.#beatAll(url)));
    await this.#agent.destroy();
  }

  #beat(): Promise<void> {
    if (!this.#beating && !this.#stopped) this.#current = this.#beatNow();
    return this.#current;
  }

  async #beatNow(): Promise<void> {
    clearTimeout(this.#timer);
    this.#beating = true;
    let refused = false;
    try {
      const outcomes = await Promise.all(this.#options.coordinators.map((url) => this.#beatAll(url)));
      refused = outcomes.includes('refused');
    } finally {
      this.#beating = false;
    }
    if (this.#stopped) return;
    const wait = this.#again ? 0 : refused ? CONFIG.refusedRetry : this.#options.heartbeatInterval;
    this.#again = false;
    this.#timer = setTimeout(() => void this.#beat(), wait);
    this.#timer.unref();
  }

  /** One name may stand for several coordinators, so each address gets its own heartbeat. */
  async #beatAll(url: string): Promise<'ok' | 'refused' | 'failed'> {
    const parsed = new URL(url);
    try {
      const found = await lookup(parsed.hostname.replace(/^\[|\]$/g, ''), { all: true });
      const addresses = parsed.protocol === 'https:' ? [undefined] : found.map(({ address }) => address);
      const origins = addresses.map((address) => originOf(parsed, address));
      for (const [origin, seat] of this.#seats) {
        if (seat.url === url && !origins.includes(origin)) this.#seats.delete(origin);
      }
      const beats = await Promise.all(origins.map((origin) => this.#beatOne(url, parsed, origin)));
      const failed = beats.filter(({ error }) => error !== undefined);
      // `localhost` has two addresses, of which one coordinator often has one only.
      const level = failed.length < beats.length ? 'debug' : 'warn';
      for (const { origin, error } of failed) this.#failed(this.#seat(url, origin), origin, error, level);
      if (failed.length < beats.length) return failed.length === 0 ? 'ok' : 'failed';
      return failed.some(({ error }) => isRefusal(error)) ? 'refused' : 'failed';
    } catch (error) {
      this.#failed(this.#seat(url, url), url, error, 'warn');
      return 'refused';
    }
  }

  async #beatOne(url: string, parsed: URL, origin: string): Promise<Beat> {
    try {
      await this.#send(this.#seat(url, origin), parsed, origin);
      return { origin };
    } catch (error) {
      return { origin, error };
    }
  }

  async #send(seat: Seat, url: URL, origin: string): Promise<void> {
    const { identity, token, log } = this.#options;
    const action = seat.registered && !seat.failing ? 'heartbeat' : 'register';
    const response = await request(`${origin}${url.pathname.replace(/\/$/, '')}/api/cluster/${action}`, {
      method: 'POST',
      dispatcher: this.#agent,
      headers: {
        host: url.host,
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(await this.#payload(url)),
      headersTimeout: CONFIG.membershipTimeout,
      bodyTimeout: CONFIG.membershipTimeout,
    });
    const text = await response.body.text();
    if (response.statusCode !== 200)
      throw new Error(`${origin} answered ${response.statusCode}: ${text.slice(0, 300)}`);
    const reply = readReply(text);
    if (action === 'register')
      log.info({ id: identity.id, coordinator: origin }, 'Successfully registered with coordinator');
    seat.registered = true;
    seat.failing = false;
    if (reply?.data?.groups !== undefined) this.#options.onGroups(reply.data.groups);
  }

  async #payload(url: URL): Promise<RegisterPayload & { timestamp: number }> {
    const { identity, basePath, port } = this.#options;
    const own = identity.url ?? `http://${await localAddressTowards(url)}:${port}${basePath}`;
    const parsed = new URL(own);
    return {
      id: identity.id,
      name: identity.name,
      host: parsed.hostname,
      port: Number(parsed.port) || (parsed.protocol === 'https:' ? 443 : 80),
      url: own,
      timestamp: Date.now(),
      ...this.#options.report(),
    };
  }

  #seat(url: string, origin: string): Seat {
    const seat = this.#seats.get(origin) ?? { url, registered: false, failing: false };
    this.#seats.set(origin, seat);
    return seat;
  }

  /** Logged once per outage, not at each attempt. */
  #failed(seat: Seat, coordinator: string, error: unknown, level: 'debug' | 'warn'): void {
    const message = seat.registered
      ? 'Failed to send heartbeat to coordinator:'
      : 'Failed to register with coordinator:';
    if (!seat.failing) this.#options.log[level]({ coordinator, reason: describe(error) }, message);
    seat.failing = true;
  }
}

/** One of the addresses of a coordinator, as the beginning of a URL. */
function originOf(url: URL, address: string | undefined): string {
  const host = address === undefined ? url.hostname : address.includes(':') ? `[${address}]` : address;
  return `${url.protocol}//${host}${url.port === '' ? '' : `:${url.port}`}`;
}

/** Nobody was there to hear it, so that trying again soon costs nobody anything. */
function isRefusal(error: unknown): boolean {
  return /ECONNREFUSED|UND_ERR_CONNECT_TIMEOUT|ECONNRESET|other side closed/.test(describe(error));
}

function readReply(text: string): MembershipReply | undefined {
  try {
    return membershipReply.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined ? error.message : `${code} ${error.message}`;
}
