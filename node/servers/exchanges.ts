import type { Logger } from 'pino';
import type { JsonRpcFailure, JsonRpcMessage, RequestId } from '../../mcp/jsonrpc.ts';
import { SERVERS } from './config.ts';
import { Exchange } from './exchange.ts';
import { rateLimited } from './rate-limit.ts';
import { mayHaveArrived, type RemoteResponse } from './remote.ts';

/** How a transport sends one request and reads what comes back. */
export interface Way {
  post(signal: AbortSignal): Promise<RemoteResponse>;
  /** The response has an error status. */
  refused(response: RemoteResponse, exchange: Exchange): Promise<void>;
  /** Reads the answer to its end; never rejects. */
  read(response: RemoteResponse, exchange: Exchange): Promise<void>;
  /** A sentence for an error of the network. */
  explain(error: unknown): string;
  /** What is thrown for a request that surely did not arrive. */
  notSent(error: unknown): Error;
}

interface Deliveries {
  deliver(message: JsonRpcMessage, related: RequestId): void;
  /** Of errors that are answers; default: `deliver`. */
  failed?(message: JsonRpcFailure, related: RequestId): void;
}

/** The requests to a remote server whose answers are still to come, each on an HTTP exchange of its own. */
export class Exchanges {
  readonly #exchanges = new Map<RequestId, Exchange>();
  readonly #server: string;
  readonly #deliveries: Required<Deliveries>;
  /** Says, not too often, that a message was dropped. */
  readonly warn: (problem: string) => void;

  constructor(server: string, log: Logger, { deliver, failed = deliver }: Deliveries) {
    this.#server = server;
    this.#deliveries = { deliver, failed };
    this.warn = rateLimited(
      (suppressed, problem) => log.warn({ problem, suppressed }, 'Message of remote server dropped'),
      SERVERS.warningInterval,
    );
  }

  /**
   * Sends one request. Whoever sends waits for the hand-over only, not for the answer.
   * @throws Error with a sentence when it surely did not reach the server
   */
  async send(id: RequestId, way: Way): Promise<void> {
    const exchange = new Exchange(id, { server: this.#server, ...this.#deliveries, warn: this.warn });
    this.#exchanges.set(id, exchange);
    let handedOver = false;
    try {
      const response = await way.post(exchange.signal);
      if (response.statusCode >= 300) return await way.refused(response, exchange);
      handedOver = true;
      void way.read(response, exchange).finally(() => this.#exchanges.delete(id));
    } catch (error) {
      if (!mayHaveArrived(error)) throw way.notSent(error);
      exchange.lost(way.explain(error));
    } finally {
      if (!handedOver) this.#exchanges.delete(id);
    }
  }

  /** The server does not answer a cancelled request, and would leave its stream open. */
  dropCancelled(message: JsonRpcMessage): void {
    if (!('method' in message) || message.method !== 'notifications/cancelled') return;
    const id = message.params?.requestId as RequestId;
    this.#exchanges.get(id)?.abort();
    this.#exchanges.delete(id);
  }

  abortAll(): void {
    for (const exchange of this.#exchanges.values()) exchange.abort();
    this.#exchanges.clear();
  }
}
