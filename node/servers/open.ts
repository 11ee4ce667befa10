import type { Logger } from 'pino';
import { DEFAULTS } from '../../settings/defaults.ts';
import type { ServerConfig, SystemConfig } from '../../settings/schema.ts';
import { type Transport, transportOf } from '../../settings/transport.ts';
import type { Channel } from './channel.ts';
import type { HostTiming } from './config.ts';
import { type ClientCapabilities, Connection, type ConnectionHandlers } from './connection.ts';
import { textOf } from './errors.ts';
import type { Guardian } from './guardian.ts';
import { HttpChannel } from './http.ts';
import { ModernHttpChannel } from './modern-http.ts';
import type { ProcessSlots, Release } from './process-slots.ts';
import { createRedactor } from './redact.ts';
import { Remote } from './remote.ts';
import { SseChannel } from './sse.ts';
import type { StartTurns, Turn } from './start-turns.ts';
import { StdioChannel, type StdioContext } from './stdio.ts';

export interface OpenContext {
  log: Logger;
  install: SystemConfig['install'];
  guardian: Guardian;
  slots: ProcessSlots;
  /** See {@link StdioContext}. */
  maxLine?: StdioContext['maxLine'];
  turns: StartTurns;
  timing: HostTiming;
  /** Milliseconds for the opening, where the introduction has none. */
  startTimeout: () => number;
  /** A client waits for the server to start. */
  isAwaited: () => boolean;
}

/** As whom the hub introduces itself to the server. */
export interface Introduction {
  clientInfo: { name: string; version: string };
  capabilities: ClientCapabilities;
  handlers: ConnectionHandlers;
  era?: 'legacy' | 'modern';
  /** Milliseconds for the opening; default: those of the host. */
  startTimeout?: number;
}

/** For whom a connection is that serves nobody else. */
export interface Own {
  /** Whom the limits count; empty for nobody. */
  account: string;
  /** Gives up the opening; nothing of it is left then. */
  signal: AbortSignal;
}

/** Opens connections to one configured server, and can give up those that are still being opened. */
export class Opener {
  readonly #name: string;
  readonly #config: ServerConfig;
  readonly #context: OpenContext;
  readonly #opening = new Set<Channel>();
  readonly #stop = new AbortController();
  readonly #redact: (text: string) => string;
  #took = 0;
  /** What a server turned out to have whose entry does not say; found out anew after a failure. */
  #found: 'streamable-http' | 'sse' | undefined;

  constructor(name: string, config: ServerConfig, context: OpenContext) {
    this.#name = name;
    this.#config = config;
    this.#context = context;
    this.#redact = createRedactor(config);
  }

  /** The transport of the entry, or the one that was found out; `remote` before that. */
  get transport(): Transport {
    const configured = transportOf(this.#config);
    return configured === 'remote' ? (this.#found ?? configured) : configured;
  }

  /**
   * @param own given for a session's own connection, whose process waits for a place if there are too many
   * @throws Error with a sentence that says why the server cannot be used and what to correct; NodeError MCPHUB_PROCESS_LIMIT
   */
  async open(introduction: Introduction, own?: Own): Promise<Connection> {
    const release = await this.#place(own);
    const turn = await this.#turn(own?.signal).catch((error: unknown) => {
      release();
      throw error;
    });
    const began = performance.now();
    try {
      const connection = await this.#openOver(
        this.#channel(release, turn, introduction.era),
        introduction,
        own?.signal,
      );
      this.#took = performance.now() - began;
      return connection;
    } catch (error) {
      // A server that refuses a key may repeat it.
      if (error instanceof Error) error.message = this.#redact(error.message);
      throw error;
    } finally {
      turn?.end();
    }
  }

  async #openOver(channel: Channel, introduction: Introduction, signal: AbortSignal | undefined): Promise<Connection> {
    const legacy = introduction.era !== 'modern';
    const undecided = this.transport === 'remote';
    try {
      const connection = await this.#openChannel(channel, introduction, signal);
      if (channel.kind !== 'stdio') this.#found = channel.kind === 'sse' ? 'sse' : 'streamable-http';
      return connection;
    } catch (error) {
      if (legacy) this.#found = undefined;
      const isOther = undecided && legacy && channel instanceof HttpChannel && channel.isOtherTransport;
      if (!isOther || this.#stop.signal.aborted || signal?.aborted) throw error;
      return this.#openOlder(error as Error, introduction, signal);
    }
  }

  /** A server that does not take `initialize` may have the transport before (2025-11-25, basic/transports, "Backwards Compatibility"). */
  async #openOlder(refused: Error, introduction: Introduction, signal: AbortSignal | undefined): Promise<Connection> {
    try {
      const channel = new SseChannel(this.#name, this.#config, { log: this.#context.log });
      const connection = await this.#openChannel(channel, introduction, signal);
      this.#found = 'sse';
      return connection;
    } catch (error) {
      refused.message = `${refused.message}; and over HTTP+SSE: ${textOf(error)}`;
      throw refused;
    }
  }

  async #openChannel(
    channel: Channel,
    introduction: Introduction,
    signal: AbortSignal | undefined,
  ): Promise<Connection> {
    const { options } = this.#config;
    this.#opening.add(channel);
    const giveUp = () => void channel.close();
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      return await Connection.open(channel, {
        ...introduction,
        name: this.#name,
        log: this.#context.log,
        timeout: options?.timeout ?? DEFAULTS.requestTimeout,
        resetTimeoutOnProgress: options?.resetTimeoutOnProgress,
        maxTotalTimeout: options?.maxTotalTimeout,
        startTimeout: introduction.startTimeout ?? this.#context.startTimeout(),
      });
    } finally {
      signal?.removeEventListener('abort', giveUp);
      this.#opening.delete(channel);
    }
  }

  /** Milliseconds that the newest opening took from its turn on. */
  get took(): number {
    return this.#took;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#opening].map((channel) => channel.close()));
  }

  /** Only processes need a place. */
  async #place(own: Own | undefined): Promise<Release> {
    if (transportOf(this.#config) !== 'stdio') return () => {};
    const { slots } = this.#context;
    return own === undefined ? slots.take() : slots.wait(own.signal, own.account);
  }

  /**
   * Only processes need the processor to start.
   * @throws Error when it is given up meanwhile, also between the moment the place was given and this one
   */
  async #turn(released: AbortSignal | undefined): Promise<Turn | undefined> {
    const signal = released === undefined ? this.#stop.signal : AbortSignal.any([this.#stop.signal, released]);
    const stopped = () => new Error(`server '${this.#name}' was stopped by the hub`);
    if (signal.aborted) throw stopped();
    if (transportOf(this.#config) !== 'stdio') return undefined;
    const { turns, isAwaited } = this.#context;
    // A session's own process is started for its client.
    const turn = await turns.wait(released === undefined ? isAwaited : () => true, signal).catch(() => undefined);
    if (turn !== undefined && !signal.aborted) return turn;
    turn?.end();
    throw stopped();
  }

  #channel(onGone: Release, turn: Turn | undefined, era: 'legacy' | 'modern' = 'legacy'): Channel {
    const { log, install, guardian, timing, maxLine } = this.#context;
    const { transport } = this;
    if (transport === 'stdio') {
      return new StdioChannel(this.#name, this.#config, {
        log,
        install,
        guardian,
        maxLine,
        exitGrace: timing.exitGrace,
        onGone,
        onStarted: (pid) => turn?.watch(pid),
      });
    }
    if (transport === 'openapi') {
      throw new Error(
        `servers of type openapi are not supported; remove mcpServers.${this.#name} or put an MCP server in front of the API`,
      );
    }
    if (era === 'modern') {
      return new ModernHttpChannel(this.#name, () => new Remote(this.#name, this.#config), {
        log,
        endsWhenRefused: true,
      });
    }
    const Legacy = transport === 'sse' ? SseChannel : HttpChannel;
    return new Legacy(this.#name, this.#config, { log });
  }
}
