import type { Logger } from 'pino';
import { DEFAULTS } from '../../settings/defaults.ts';
import type { ServerConfig, SystemConfig } from '../../settings/schema.ts';
import { transportOf } from '../../settings/transport.ts';
import type { Channel } from './channel.ts';
import type { HostTiming } from './config.ts';
import { type ClientCapabilities, Connection, type ConnectionHandlers } from './connection.ts';
import type { Guardian } from './guardian.ts';
import { HttpChannel } from './http.ts';
import { ModernHttpChannel } from './modern-http.ts';
import type { ProcessSlots, Release } from './process-slots.ts';
import { createRedactor } from './redact.ts';
import { Remote } from './remote.ts';
import { SseChannel } from './sse.ts';
import { StdioChannel, type StdioContext } from './stdio.ts';

export interface OpenContext {
  log: Logger;
  install: SystemConfig['install'];
  guardian: Guardian;
  slots: ProcessSlots;
  /** See {@link StdioContext}. */
  maxLine?: StdioContext['maxLine'];
  timing: HostTiming;
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
  readonly #redact: (text: string) => string;
  #stopped = false;

  constructor(name: string, config: ServerConfig, context: OpenContext) {
    this.#name = name;
    this.#config = config;
    this.#context = context;
    this.#redact = createRedactor(config);
  }

  /**
   * @param own given for a session's own connection, whose process waits for a place if there are too many
   * @throws Error with a sentence that says why the server cannot be used and what to correct; NodeError MCPHUB_PROCESS_LIMIT
   */
  async open(introduction: Introduction, own?: Own): Promise<Connection> {
    const release = await this.#place(own);
    const signal = own?.signal;
    // Either may have come between the moment the place was given and this one.
    if (this.#stopped || signal?.aborted) {
      release();
      throw new Error(`server '${this.#name}' was stopped by the hub`);
    }
    const channel = this.#channel(release, introduction.era);
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
        startTimeout: introduction.startTimeout ?? this.#context.timing.startTimeout,
      });
    } catch (error) {
      // A server that refuses a key may repeat it.
      if (error instanceof Error) error.message = this.#redact(error.message);
      throw error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
      this.#opening.delete(channel);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#opening].map((channel) => channel.close()));
  }

  /** Only processes need a place. */
  async #place(own: Own | undefined): Promise<Release> {
    if (transportOf(this.#config) !== 'stdio') return () => {};
    const { slots } = this.#context;
    return own === undefined ? slots.take() : slots.wait(own.signal, own.account);
  }

  #channel(onGone: Release, era: 'legacy' | 'modern' = 'legacy'): Channel {
    const { log, install, guardian, timing, maxLine } = this.#context;
    const transport = transportOf(this.#config);
    if (transport === 'stdio') {
      return new StdioChannel(this.#name, this.#config, {
        log,
        install,
        guardian,
        maxLine,
        exitGrace: timing.exitGrace,
        onGone,
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
