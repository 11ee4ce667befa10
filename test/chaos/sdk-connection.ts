import type { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SseError } from '@modelcontextprotocol/sdk/client/sse.js';
import type { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { connectV1, connectV2, textOf } from '../support/clients.ts';
import { CallWatch } from './call-watch.ts';
import { type Connection, difference, missingTools } from './connection.ts';
import type { CallError } from './ledger.ts';
import { origin, type Speaker } from './watched-fetch.ts';
import { argumentsOf, type Work } from './work.ts';

/** A session of an SDK client. What the SDK does not tell of its calls, it is told by its `fetch` and its stream. */
export class SdkConnection implements Connection {
  readonly #client: ClientV1 | ClientV2;
  readonly #speaker: Speaker;
  readonly #prefix: string;
  readonly #watches = new Set<CallWatch>();
  lost: CallError | undefined;

  private constructor(client: ClientV1 | ClientV2, speaker: Speaker, prefix: string) {
    this.#client = client;
    this.#speaker = speaker;
    this.#prefix = prefix;
  }

  static async openV1(url: string, speaker: Speaker, prefix: string, watched: typeof fetch): Promise<SdkConnection> {
    const watch = new CallWatch(speaker);
    const made = Promise.withResolvers<SdkConnection>();
    const prepare = (client: ClientV1) => {
      const connection = new SdkConnection(client, speaker, prefix);
      connection.#watches.add(watch);
      client.onerror = (error) => {
        if (error instanceof SseError) connection.#streamEnded(error);
      };
      made.resolve(connection);
    };
    const connected = watch.run(() => connectV1(url, { fetch: watched, prepare }));
    const connection = await made.promise;
    try {
      await connected;
    } catch (error) {
      // Its stream would try again and again.
      await connection.abandon();
      throw error;
    }
    connection.#watches.delete(watch);
    speaker.state = 'open';
    return connection;
  }

  static async openV2(url: string, speaker: Speaker, prefix: string, watched: typeof fetch): Promise<SdkConnection> {
    const client = await origin.run({ speaker }, () => connectV2(url, 'legacy', { fetch: watched }));
    speaker.state = 'open';
    return new SdkConnection(client, speaker, prefix);
  }

  /** With HTTP+SSE the session is over; the SDK's stream would come back with another one that nobody initialised. */
  #streamEnded(error: Error): void {
    this.lost = { kind: 'stream-ended', detail: `the stream ended: ${error.message}` };
    for (const watch of this.#watches) watch.streamEnded(this.lost);
  }

  async run(work: Work, signal: AbortSignal): Promise<string | undefined> {
    const watch = new CallWatch(this.#speaker);
    this.#watches.add(watch);
    try {
      return await watch.run(() => this.#call(work, signal), signal);
    } finally {
      this.#watches.delete(watch);
    }
  }

  async #call(work: Work, signal: AbortSignal): Promise<string | undefined> {
    if (work.kind === 'list') return missingTools((await this.#client.listTools({}, { signal })).tools, this.#prefix);
    let wrong: string | undefined;
    const onprogress = ({ progress, message }: { progress: number; message?: string | undefined }) => {
      wrong ??= difference('progress', String(message), `${work.message} ${progress}`);
    };
    const options = { signal, ...(work.steps > 0 ? { onprogress } : {}) };
    const result = await this.#callTool({ name: `${this.#prefix}task`, arguments: argumentsOf(work) }, options);
    return difference('the answer', textOf(result), work.message) ?? wrong;
  }

  #callTool(params: { name: string; arguments: Record<string, unknown> }, options: object): Promise<unknown> {
    if (this.#client instanceof ClientV1) return this.#client.callTool(params, undefined, options);
    return this.#client.callTool(params, options);
  }

  async close(): Promise<void> {
    this.#speaker.state = 'over';
    const transport = this.#client.transport as unknown as StreamableHTTPClientTransport | HttpV2 | undefined;
    await origin.run({ speaker: this.#speaker }, async () => {
      // HTTP+SSE has none: there, the end of the stream is the end of the session.
      await transport?.terminateSession?.();
      await this.#client.close();
    });
  }

  async abandon(): Promise<void> {
    this.#speaker.state = 'over';
    await this.#client.close();
  }
}
