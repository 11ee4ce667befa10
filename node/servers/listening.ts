import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Envelope, withEnvelope } from '../../mcp/modern.ts';
import { updated } from '../../mcp/notifications.ts';
import { SERVERS } from './config.ts';
import type { Connection } from './connection.ts';
import { settlesWithin } from './within.ts';

interface Stream {
  abort: AbortController;
  /** Streams in a row that ended at once. */
  short: number;
  /** Acknowledged by the server, or refused. */
  begun: PromiseWithResolvers<void>;
}

/** Subscriptions to resources of a server. */
export interface Subscriptions {
  /** @returns when the server has begun to tell of the resource, or does not say so in time */
  subscribe(uri: string): Promise<void>;
  unsubscribe(uri: string): void;
}

interface ListeningOptions {
  /** Who listens, if not the hub itself. */
  envelope?: Envelope;
  headers?: Readonly<Record<string, string>>;
  /** What it is a part of; else it is on its own. */
  of?: Subscriptions;
  /** The stream for the lists was away for a while: they may be others now. */
  onListsResumed?: () => void;
}

/**
 * What a hub hears of a modern server: `subscriptions/listen` for its lists, and one for each resource that somebody is
 * subscribed to (2026-07-28, basic/patterns/subscriptions). Streams that end are opened again, ever later while that goes wrong.
 * What happened in between nobody says, so a change is presumed.
 */
export class Listening implements Subscriptions {
  /** What it is a part of, or itself. */
  readonly of: Subscriptions;
  readonly #connection: Connection;
  readonly #log: Logger;
  readonly #options: ListeningOptions;
  /** By resource URI; the lists have the empty one. */
  readonly #streams = new Map<string, Stream>();

  constructor(connection: Connection, log: Logger, options: ListeningOptions = {}) {
    this.#connection = connection;
    this.#log = log;
    this.of = options.of ?? this;
    this.#options = options;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Listens to the lists that the server says may change. */
  start(): void {
    const { tools, prompts, resources } = this.#connection.server.capabilities as Record<
      string,
      { listChanged?: unknown } | undefined
    >;
    const notifications = {
      ...(tools?.listChanged === true ? { toolsListChanged: true } : {}),
      ...(prompts?.listChanged === true ? { promptsListChanged: true } : {}),
      ...(resources?.listChanged === true ? { resourcesListChanged: true } : {}),
    };
    if (Object.keys(notifications).length > 0) this.#open('', notifications);
  }

  async subscribe(uri: string): Promise<void> {
    const stream = this.#streams.get(uri) ?? this.#open(uri, { resourceSubscriptions: [uri] });
    await settlesWithin(stream.begun.promise, SERVERS.acknowledgeTimeout);
  }

  unsubscribe(uri: string): void {
    this.#streams.get(uri)?.abort.abort();
    this.#streams.delete(uri);
  }

  stop(): void {
    for (const { abort } of this.#streams.values()) abort.abort();
    this.#streams.clear();
  }

  #open(key: string, notifications: Record<string, unknown>): Stream {
    const stream: Stream = { abort: new AbortController(), short: 0, begun: Promise.withResolvers() };
    this.#streams.set(key, stream);
    void this.#follow(key, stream, notifications);
    return stream;
  }

  async #follow(key: string, stream: Stream, notifications: Record<string, unknown>): Promise<void> {
    const { signal } = stream.abort;
    const { envelope, headers } = this.#options;
    const params = envelope === undefined ? { notifications } : withEnvelope({ notifications }, envelope);
    for (let resumes = false; !signal.aborted && !this.#connection.closed; resumes = true) {
      const began = performance.now();
      const outcome = await this.#connection.request('subscriptions/listen', params, {
        owner: this,
        signal,
        timeout: Number.POSITIVE_INFINITY,
        headers,
        onAcknowledged: () => {
          stream.begun.resolve();
          if (resumes) this.#resumed(key);
        },
      });
      stream.begun.resolve();
      if (signal.aborted || this.#connection.closed) return;
      stream.short = performance.now() - began > SERVERS.steadyStream ? 0 : stream.short + 1;
      if ('error' in outcome && stream.short >= SERVERS.streamAttempts) {
        this.#log.warn({ uri: key, reason: outcome.error.message }, 'Server refuses subscriptions/listen');
        if (this.#streams.get(key) === stream) this.#streams.delete(key);
        return;
      }
      const delay = Math.min(SERVERS.maxStreamDelay, SERVERS.streamDelay * 2 ** stream.short);
      await sleep(delay, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  #resumed(key: string): void {
    if (key === '') this.#options.onListsResumed?.();
    else this.#connection.presume(updated(key), [this]);
  }
}
