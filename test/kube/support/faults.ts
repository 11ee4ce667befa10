import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestInfo } from './request-info.ts';

/** What happens to a request instead of, or beside, being forwarded. */
export type Fault =
  /** Answers with a Status object. @param retryAfter seconds */
  | { kind: 'status'; status: number; reason?: string; message?: string; retryAfter?: number }
  /** A watch: 200, and a stream with one ERROR event. */
  | { kind: 'error-event'; status: number; reason: string; message?: string }
  /** Nothing is answered, ever. */
  | { kind: 'hang' }
  /** The stream of HTTP/2, or the connection of HTTP/1.1, is ended before an answer. */
  | { kind: 'reset' }
  /** It is carried out, and the answer is lost. */
  | { kind: 'lose-answer' }
  /** It is forwarded later. */
  | { kind: 'delay'; milliseconds: number }
  /** The answer comes in pieces. @param every milliseconds between them */
  | { kind: 'trickle'; bytes: number; every: number }
  /** The answer is ended after so many bytes. */
  | { kind: 'cut'; bytes: number };

/** Which requests a fault hits; all when empty. */
export interface Match {
  method?: string | RegExp;
  /** With the query. */
  path?: RegExp;
  verb?: RequestInfo['verb'];
  resource?: string;
  /** How many; default: all until it is removed. */
  times?: number;
}

/** A fault that is switched on. */
export interface ActiveFault {
  /** How many requests it hit. */
  readonly hits: number;
  /** Switches it off. What hangs goes on hanging. */
  remove(): void;
}

/** The faults that are switched on; the oldest that matches hits. */
export class FaultRules {
  readonly #rules = new Set<{ match: Match; fault: Fault; hits: number }>();

  add(match: Match, fault: Fault): ActiveFault {
    const rule = { match, fault, hits: 0 };
    this.#rules.add(rule);
    return {
      get hits() {
        return rule.hits;
      },
      remove: () => {
        this.#rules.delete(rule);
      },
    };
  }

  /** The fault for a request, which counts as hit. */
  take(info: RequestInfo): Fault | undefined {
    for (const rule of this.#rules) {
      if (!matches(rule.match, info)) continue;
      rule.hits += 1;
      if (rule.hits === rule.match.times) this.#rules.delete(rule);
      return rule.fault;
    }
    return undefined;
  }

  clear(): void {
    this.#rules.clear();
  }
}

function matches({ method, path, verb, resource }: Match, info: RequestInfo): boolean {
  const ofMethod = method instanceof RegExp ? method.test(info.method) : method === undefined || method === info.method;
  const ofVerb = verb === undefined || verb === info.verb;
  const ofResource = resource === undefined || resource === info.resource;
  return ofMethod && ofVerb && ofResource && (path === undefined || path.test(info.path));
}

/** A Status object, as an API server answers with it. */
export function statusObject({
  status,
  reason,
  message,
}: {
  status: number;
  reason?: string;
  message?: string;
}): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: message ?? `made by a test: ${reason ?? status}`,
    ...(reason === undefined ? {} : { reason }),
    code: status,
  };
}

/** What of an answer arrives, and when, under a fault of streams. */
export async function* spoiled(answer: AsyncIterable<Buffer>, fault: Fault | undefined): AsyncGenerator<Buffer> {
  if (fault?.kind === 'trickle') yield* trickled(answer, fault.bytes, fault.every);
  else if (fault?.kind === 'cut') yield* cut(answer, fault.bytes);
  else yield* answer;
}

async function* trickled(answer: AsyncIterable<Buffer>, bytes: number, every: number): AsyncGenerator<Buffer> {
  for await (const chunk of answer) {
    for (let at = 0; at < chunk.length; at += bytes) {
      yield chunk.subarray(at, at + bytes);
      await sleep(every);
    }
  }
}

async function* cut(answer: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of answer) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) throw new Error('cut by a test');
  }
}
