import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isSameId, type JsonRpcRequest } from '../../mcp/jsonrpc.ts';
import { metaOf, withoutEnvelope } from '../../mcp/modern.ts';
import { CONFIG } from '../config.ts';
import { NodeError } from '../node-error.ts';
import type { Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';

interface Question {
  request: JsonRpcRequest;
  settle(outcome: Outcome): void;
  answered: Promise<Outcome>;
}

/**
 * A call of a modern client at a server of an older revision. When the server asks its client something, the client's request is
 * answered with `input_required` and the call waits here for the next one, which brings the answers.
 */
export class HeldCall {
  /** Nobody can guess it, and only its principal may use it. */
  readonly id = randomBytes(16).toString('base64url');
  readonly principal: string;
  readonly target: string;
  readonly method: string;
  /** Resolves when the server has answered, or cannot any more. */
  readonly over: Promise<void>;
  /** The request of the client that waits for this call now; it changes with every round. */
  call: Call | undefined;
  readonly #questions = new Map<string, Question>();
  readonly #outcome: Promise<Outcome>;
  readonly #abort = new AbortController();
  #asked = Promise.withResolvers<void>();
  #counter = 0;
  #round = 0;

  /** @param start sends the request; `held` is its owner */
  constructor(call: Call, start: (held: HeldCall, signal: AbortSignal) => Promise<Outcome>) {
    this.call = call;
    this.principal = call.caller.principal;
    this.target = call.caller.target;
    this.method = call.method;
    this.#outcome = start(this, this.#abort.signal);
    this.over = this.#outcome.then(
      () => this.#end(),
      () => this.#end(),
    );
  }

  /** Stands for what is asked now; what an earlier round was given does not go on with this one. */
  get ticket(): string {
    return `${this.id}.${this.#round}`;
  }

  /** The server asks the client. */
  ask(request: JsonRpcRequest): Promise<Outcome> {
    this.#counter += 1;
    const key = `input_${this.#counter}`;
    const { promise: answered, resolve: settle } = Promise.withResolvers<Outcome>();
    this.#questions.set(key, { request, settle, answered });
    this.#asked.resolve();
    return answered;
  }

  /** Resolves when the server has been sent the answers to all that it has asked. */
  async whenAnswered(): Promise<void> {
    if (this.#questions.size === 0) return;
    await Promise.all([...this.#questions.values()].map(({ answered }) => answered));
    // Whoever asked passes the answers on first.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The server takes a question back (2025-11-25, basic/utilities/cancellation). */
  withdraw(requestId: unknown): void {
    for (const [key, { request, settle }] of this.#questions) {
      if (!isSameId(request.id, requestId)) continue;
      this.#questions.delete(key);
      settle({ error: new NodeError('MCPHUB_CANCELLED').rpcError });
    }
  }

  /** The client's next request brings answers; what it leaves out stays asked. */
  resume(call: Call, answers: Record<string, unknown>): void {
    this.call = call;
    for (const [key, { settle }] of [...this.#questions]) {
      const answer = Object.hasOwn(answers, key) ? answers[key] : undefined;
      if (typeof answer !== 'object' || answer === null) continue;
      this.#questions.delete(key);
      settle({ result: withoutEnvelope(answer as Record<string, unknown>, 'legacy') });
    }
    if (this.#questions.size === 0) this.#asked = Promise.withResolvers<void>();
  }

  /**
   * Waits for what comes first: the server's answer, or a question. Nothing is lost if the client goes in the meantime: a call
   * that runs is cancelled, one that waits goes on waiting.
   */
  async next(): Promise<Outcome | { inputRequests: Record<string, object> }> {
    const { call } = this;
    const cancel = () => this.#stop('cancelled by the client');
    call?.signal.addEventListener('abort', cancel, { once: true });
    const outcome = await this.#outcomeOrQuestions();
    call?.signal.removeEventListener('abort', cancel);
    if (outcome !== undefined) return outcome;
    this.call = undefined;
    this.#round++;
    const asked = [...this.#questions].map(([key, { request }]) => [
      key,
      { method: request.method, ...withParams(request) },
    ]);
    return { inputRequests: Object.fromEntries(asked) };
  }

  /** Nobody came back. */
  giveUp(): void {
    this.#stop('the client did not come back');
  }

  /** Undefined when there are questions. */
  async #outcomeOrQuestions(): Promise<Outcome | undefined> {
    for (;;) {
      const outcome = await Promise.race([this.#outcome, this.#asked.promise]);
      if (outcome !== undefined) return outcome;
      // Questions that come together are asked together; they may come in several pieces.
      await delay(CONFIG.questionsTogether);
      if (this.#questions.size > 0) return undefined;
      this.#asked = Promise.withResolvers<void>();
    }
  }

  #stop(reason: string): void {
    this.#abort.abort(reason);
    this.#end();
  }

  #end(): void {
    for (const { settle } of this.#questions.values()) settle({ error: new NodeError('MCPHUB_CANCELLED').rpcError });
    this.#questions.clear();
  }
}

/** @param patience milliseconds for which a call waits for its client */
export function heldCallGone(patience: number): NodeError {
  return new NodeError('MCPHUB_HELD_CALL_GONE', { minutes: Math.round(patience / 60_000) });
}

/** Params are there always: there are clients that do not take a question without. */
function withParams({ params }: JsonRpcRequest): { params: Record<string, unknown> } {
  if (params === undefined) return { params: {} };
  const { _meta, ...rest } = params;
  // A question within an answer has no progress of its own.
  const { progressToken: _token, ...meta } = metaOf(withoutEnvelope(params, 'legacy'));
  return { params: Object.keys(meta).length === 0 ? rest : { ...rest, _meta: meta } };
}
