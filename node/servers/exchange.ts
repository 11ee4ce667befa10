import type { Logger } from 'pino';
import { failure, isFailure, isResponse, type JsonRpcMessage, type RequestId } from '../../mcp/jsonrpc.ts';
import type { Inbox } from './channel.ts';
import { SERVERS } from './config.ts';
import { type ServerErrorCode, serverError } from './errors.ts';
import { rateLimited } from './rate-limit.ts';

/** One request of ours to a remote server, from its POST to its answer, whichever stream that comes on. */
export class Exchange implements Inbox {
  readonly id: RequestId;
  /** Answered, failed or given up: what comes now is not for anybody. */
  done = false;
  /** Whether any byte may have reached the server. */
  handedOver = true;
  readonly #server: string;
  readonly #deliver: (message: JsonRpcMessage, related: RequestId) => void;
  readonly #warn: (problem: string) => void;
  readonly #abort = new AbortController();

  constructor(
    id: RequestId,
    server: string,
    log: Logger,
    deliver: (message: JsonRpcMessage, related: RequestId) => void,
  ) {
    this.id = id;
    this.#server = server;
    this.#deliver = deliver;
    this.#warn = rateLimited(
      (suppressed, problem) => log.warn({ problem, suppressed }, 'Message of remote server dropped'),
      SERVERS.warningInterval,
    );
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }
}
