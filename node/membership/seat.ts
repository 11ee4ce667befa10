import type { Logger } from 'pino';
import { type Dispatcher, request } from 'undici';
import { type MembershipReply, membershipReply, type RegisterPayload } from '../../cluster/payload.ts';
import { parseJson } from '../../mcp/json.ts';
import { CONFIG } from '../config.ts';
import { readBody } from '../servers/remote.ts';
import { localAddressTowards } from './local-address.ts';

/** What a heartbeat says, beside who the node is; asked anew for each. */
export type MembershipReport = Pick<RegisterPayload, 'servers' | 'metadata'>;

/** How far a coordinator has heard of the node's changes, and the node of the coordinator's; undefined before the first time. */
export interface Cursors {
  adopted: number | undefined;
  buried: number;
  /** Of the coordinator's own numbers: sessions that ended, and copies of sessions that are stale. */
  heard: number;
  dropped: number;
}

export interface SeatOptions {
  identity: { id: string; name: string; url?: string | undefined };
  /** The first is sent; the others are tried when a coordinator does not know it yet, or any more. */
  tokens: () => readonly string[];
  /** Where this node listens, for its advertised URL when none is given. */
  port: number;
  basePath: string;
  /** What to say, and the cursors to keep when it was heard. */
  report: (cursors: Cursors) => { report: MembershipReport; cursors: Cursors };
  onReply: (reply: NonNullable<MembershipReply['data']>) => void;
  log: Logger;
}

/** What became of one heartbeat: heard; heard, and more is to be said at once; nobody there to hear it; else failed. */
export type Outcome = 'ok' | 'again' | 'refused' | 'failed';

const NOTHING: Cursors = { adopted: undefined, buried: 0, heard: 0, dropped: 0 };

/** The node's membership at one address of a coordinator. */
export class Seat {
  /** The configured URL that led to it. */
  readonly url: string;
  readonly origin: string;
  registered = false;
  failing = false;
  readonly #options: SeatOptions;
  readonly #dispatcher: Dispatcher;
  #cursors = NOTHING;
  #token = 0;
  #ownUrl: string | undefined;

  constructor(url: string, origin: string, options: SeatOptions, dispatcher: Dispatcher) {
    this.url = url;
    this.origin = origin;
    this.#options = options;
    this.#dispatcher = dispatcher;
  }

  /**
   * Tells the coordinator what is true now.
   * @param isSpare whether a failure is nothing to warn of
   */
  async beat(isSpare: () => boolean): Promise<Outcome> {
    try {
      return await this.#send();
    } catch (error) {
      this.#failed(error, isSpare() ? 'debug' : 'warn');
      return isRefusal(error) ? 'refused' : 'failed';
    }
  }

  async #send(): Promise<Outcome> {
    const action = this.registered && !this.failing ? 'heartbeat' : 'register';
    if (action === 'register') {
      this.#cursors = NOTHING;
      this.#ownUrl = undefined;
    }
    const { report, cursors } = this.#options.report(this.#cursors);
    const { status, text } = await this.#post(action, { ...(await this.#whoami()), ...report });
    if (status !== 200) throw new Error(refusalOf(this.origin, status, text));
    if (action === 'register') {
      const { id } = this.#options.identity;
      this.#options.log.info({ id, coordinator: this.origin }, 'Successfully registered with coordinator');
    }
    this.registered = true;
    this.failing = false;
    this.#cursors = cursors;
    return this.#hear(readReply(text)?.data);
  }

  #hear(data: MembershipReply['data']): Outcome {
    if (data === undefined) return 'ok';
    this.#options.onReply(data);
    const { heard, dropped } = this.#cursors;
    this.#cursors = {
      ...this.#cursors,
      heard: data.buried?.cursor ?? heard,
      dropped: data.stale?.cursor ?? dropped,
    };
    if (data.resync !== true) return 'ok';
    this.registered = false;
    return 'again';
  }

  async #post(action: string, payload: object): Promise<{ status: number; text: string }> {
    const { host, pathname } = new URL(this.url);
    const body = JSON.stringify(payload);
    const tokens = this.#options.tokens();
    for (let tries = 1; ; tries++) {
      const token = tokens[this.#token % Math.max(1, tokens.length)];
      const response = await request(`${this.origin}${pathname.replace(/\/$/, '')}/api/cluster/${action}`, {
        method: 'POST',
        dispatcher: this.#dispatcher,
        headers: {
          host,
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body,
        headersTimeout: CONFIG.membershipTimeout,
        bodyTimeout: CONFIG.membershipTimeout,
      });
      const text = await readBody(response, CONFIG.maxReplyBytes);
      if (response.statusCode !== 401 || tries >= tokens.length) {
        if (response.statusCode === 401) this.#token = 0;
        return { status: response.statusCode, text };
      }
      this.#token++;
    }
  }

  async #whoami(): Promise<Omit<RegisterPayload, 'servers'> & { timestamp: number }> {
    const { identity, basePath, port } = this.#options;
    this.#ownUrl ??= identity.url ?? `http://${await localAddressTowards(new URL(this.origin))}:${port}${basePath}`;
    const own = new URL(this.#ownUrl);
    return {
      id: identity.id,
      name: identity.name,
      host: own.hostname,
      port: Number(own.port) || (own.protocol === 'https:' ? 443 : 80),
      url: this.#ownUrl,
      timestamp: Date.now(),
    };
  }

  /** Logged once per outage, not at each attempt. */
  #failed(error: unknown, level: 'debug' | 'warn'): void {
    const message = this.registered
      ? 'Failed to send heartbeat to coordinator:'
      : 'Failed to register with coordinator:';
    if (!this.failing) this.#options.log[level]({ coordinator: this.origin, reason: describe(error) }, message);
    this.failing = true;
  }
}

/** What a coordinator says when it refuses, in its own words where it has some. */
function refusalOf(origin: string, status: number, text: string): string {
  const { message } = readReply(text) ?? {};
  return `${origin} answered ${status}: ${message ?? text.slice(0, 300)}`;
}

/** Nobody was there to hear it, so that trying again soon costs nobody anything. */
function isRefusal(error: unknown): boolean {
  return /ECONNREFUSED|UND_ERR_CONNECT_TIMEOUT|ECONNRESET|EPIPE|other side closed/.test(describe(error));
}

function readReply(text: string): MembershipReply | undefined {
  try {
    return membershipReply.safeParse(parseJson(text)).data;
  } catch {
    return undefined;
  }
}

export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined ? error.message : `${code} ${error.message}`;
}
