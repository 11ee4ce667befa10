import { isId, type RequestId } from '../../mcp/jsonrpc.ts';
import { plainNumber } from '../../mcp/numbers.ts';
import type { Outcome, Owner } from './connection.ts';

/** A request on its way. Times are milliseconds of performance.now(). */
export interface PendingRequest {
  readonly method: string;
  readonly owner: Owner | undefined;
  readonly onProgress: ((params: Record<string, unknown>) => void) | undefined;
  readonly onAcknowledged: (() => void) | undefined;
  readonly resolve: (outcome: Outcome) => void;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: (() => void) | undefined;
  /** How long it may go without progress. */
  readonly timeout: number;
  readonly resetOnProgress: boolean;
  readonly lastDeadline: number;
  deadline: number;
}

/**
 * The requests of one connection that have no answer yet. One coarse timer looks for late ones, because a timer per
 * request costs more than the request's own bookkeeping.
 */
export class PendingRequests {
  readonly #requests = new Map<number, PendingRequest>();
  readonly #onLate: (id: number, request: PendingRequest) => void;
  readonly #interval: number;
  #timer: NodeJS.Timeout | undefined;
  #onEmpty: (() => void)[] = [];

  /**
   * @param onLate called for each request past its deadline; must settle it
   * @param interval milliseconds between two looks
   */
  constructor(onLate: (id: number, request: PendingRequest) => void, interval: number) {
    this.#onLate = onLate;
    this.#interval = interval;
  }

  get size(): number {
    return this.#requests.size;
  }

  find(id: unknown): PendingRequest | undefined {
    return this.#requests.get(numberOf(id));
  }

  whenEmpty(): Promise<void> {
    if (this.#requests.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onEmpty.push(resolve));
  }

  add(id: number, request: PendingRequest): void {
    this.#requests.set(id, request);
    if (request.onAbort !== undefined) request.signal?.addEventListener('abort', request.onAbort, { once: true });
    this.#arm();
  }

  /** @returns whether the request was still pending */
  settle(id: RequestId, outcome: Outcome): boolean {
    const request = this.find(id);
    if (request === undefined) return false;
    this.#requests.delete(numberOf(id));
    if (request.onAbort !== undefined) request.signal?.removeEventListener('abort', request.onAbort);
    request.resolve(outcome);
    if (this.#requests.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
    return true;
  }

  settleAll(outcome: Outcome): void {
    for (const id of [...this.#requests.keys()]) this.settle(id, outcome);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The owners of all requests, each once. */
  owners(): Owner[] {
    const owners = new Set<Owner>();
    for (const { owner } of this.#requests.values()) if (owner !== undefined) owners.add(owner);
    return [...owners];
  }

  /** Progress moves the deadline, as far as the total time allows (2025-11-25, basic/lifecycle, "Timeouts"). */
  progressed(request: PendingRequest): void {
    if (request.resetOnProgress) request.deadline = Math.min(performance.now() + request.timeout, request.lastDeadline);
  }

  #arm(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#sweep(), this.#interval);
    this.#timer.unref();
  }

  #sweep(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [id, request] of this.#requests) if (request.deadline <= now) this.#onLate(id, request);
    if (this.#requests.size > 0) this.#arm();
  }
}

/** Servers that answer with the id as a text, or as another spelling of the number, are understood. */
function numberOf(id: unknown): number {
  if (typeof id === 'number') return id;
  return isId(id) ? Number(plainNumber(id)) : Number.NaN;
}
