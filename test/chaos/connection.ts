import type { CallError } from './ledger.ts';
import type { Work } from './work.ts';

/** An open session, whatever its client is. */
export interface Connection {
  /**
   * Makes a call.
   * @param signal gives it up; its reason is thrown
   * @returns what is wrong with the answer; undefined when it is right
   * @throws what the client library throws, or CallFailed
   */
  run(work: Work, signal: AbortSignal): Promise<string | undefined>;
  /** Ends the session as its client should. @throws when the hub does not take that */
  close(): Promise<void>;
  /** Lets go of it without a word. */
  abandon(): Promise<void>;
  /** Why the session is over though its client did not end it; for HTTP+SSE, where that is the end of the stream. */
  readonly lost: CallError | undefined;
}

/** What an endpoint lists at least: the tools of `cluster-tools`, named as that endpoint names them. */
export function missingTools(listed: readonly { name: string }[], prefix: string): string | undefined {
  const wanted = [`${prefix}task`, `${prefix}echo`];
  const missing = wanted.filter((name) => !listed.some((tool) => tool.name === name));
  return missing.length === 0 ? undefined : `the list lacks ${missing.join(' and ')}`;
}

/** What is wrong with an answer or with a piece of progress; long texts are cut. */
export function difference(what: string, got: string, wanted: string): string | undefined {
  return got === wanted ? undefined : `${what} is "${got.slice(0, 100)}" instead of "${wanted.slice(0, 100)}"`;
}
