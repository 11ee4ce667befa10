import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { connectV1, connectV2, textOf } from '../../support/clients.ts';

/** A client of the SDK, of any of its versions. */
interface ToolClient {
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

export interface Outcome {
  calls: number;
  /** Why calls failed, with how often. */
  failures: Record<string, number>;
  /** Milliseconds from the first failure to the last one. */
  failing: number;
  /** Of the slowest call, in milliseconds, without the time that the call itself asks for. */
  slowest: number;
}

/** Milliseconds that every tenth call takes, so that there are always some in flight. */
const LONG = 1_000;
/** Milliseconds between two calls of a client. */
const PAUSE = 20;

/** Clients that call tools one call after the other, until they are told to stop. */
export class Load {
  readonly outcome: Outcome = { calls: 0, failures: {}, failing: 0, slowest: 0 };
  readonly #clients: ToolClient[] = [];
  readonly #loops: Promise<void>[] = [];
  /** Of performance.now(). */
  #firstFailure: number | undefined;
  #running = true;

  /**
   * @param url of the endpoint with all servers, `everything` and `probe` among them
   * @param count of clients; every third one speaks the revision without sessions
   */
  static async start(url: string, count: number): Promise<Load> {
    const load = new Load();
    for (let i = 0; i < count; i++) {
      const client = i % 3 === 2 ? await connectV2(url, 'modern') : await connectV1(url);
      load.#clients.push(client);
      load.#loops.push(load.#work(client, i));
    }
    return load;
  }

  /** Lets calls in flight end. */
  async stop(): Promise<Outcome> {
    this.#running = false;
    await Promise.all(this.#loops);
    await Promise.all(this.#clients.map((client) => client.close().catch(() => {})));
    return this.outcome;
  }

  async #work(client: ToolClient, offset: number): Promise<void> {
    for (let i = offset; this.#running; i++) {
      const began = performance.now();
      const asked = i % 10 === 9 ? LONG : 0;
      try {
        await (asked === 0 ? echo(client) : wait(client, asked));
      } catch (error) {
        const reason = reasonOf(error);
        this.outcome.failures[reason] = (this.outcome.failures[reason] ?? 0) + 1;
        this.#firstFailure ??= performance.now();
        this.outcome.failing = performance.now() - this.#firstFailure;
      }
      this.outcome.calls += 1;
      this.outcome.slowest = Math.max(this.outcome.slowest, Math.round(performance.now() - began - asked));
      await delay(PAUSE);
    }
  }
}

/** What was thrown, with what was below it. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error}${cause}`.slice(0, 300);
}

async function echo(client: ToolClient): Promise<void> {
  const message = randomUUID();
  const text = textOf(await client.callTool({ name: 'everything-echo', arguments: { message } }));
  if (!text.includes(message)) throw new Error(`echo answered ${text.replaceAll(/[0-9a-f-]{36}/g, 'UUID')}`);
}

async function wait(client: ToolClient, milliseconds: number): Promise<void> {
  const text = textOf(await client.callTool({ name: 'probe-wait', arguments: { milliseconds } }));
  if (!text.includes('host')) throw new Error(`wait answered ${text}`);
}
