import { isDeepStrictEqual } from 'node:util';
import { RawSession, type RpcMessage, textOf } from '../support/clients.ts';
import { CallFailed, replyErrorOf } from './call-error.ts';
import { type Connection, difference, missingTools } from './connection.ts';
import { argumentsOf, type Work } from './work.ts';

/** A session by hand. All of them use the same request ids and progress tokens. */
export class RawConnection implements Connection {
  readonly #session: RawSession;
  readonly #prefix: string;
  readonly lost = undefined;
  #id = 0;

  private constructor(session: RawSession, prefix: string) {
    this.#session = session;
    this.#prefix = prefix;
  }

  /** @param prefix of the names of tools at this endpoint */
  static async open(url: string, prefix: string): Promise<RawConnection> {
    return new RawConnection(await RawSession.open(url), prefix);
  }

  async run(work: Work, signal: AbortSignal): Promise<string | undefined> {
    this.#id += 1;
    const id = this.#id;
    const reply = await this.#session.send({ jsonrpc: '2.0', id, ...this.#question(work, id) }, {}, signal);
    const { body } = reply;
    if (body?.result === undefined) throw new CallFailed(replyErrorOf(reply));
    if (body.id !== id) return `the answer has id ${body.id} instead of ${id}: ${reply.text.slice(0, 200)}`;
    if (work.kind === 'list') return missingTools(body.result.tools as { name: string }[], this.#prefix);
    return difference('the answer', textOf(body.result), work.message) ?? wrongProgress(reply.events, work, id);
  }

  async close(): Promise<void> {
    const status = await this.#session.close();
    if (status !== 200 && status !== 204)
      throw new Error(`DELETE was answered with ${status === 404 ? 'Session not found' : status}`);
  }

  async abandon(): Promise<void> {}

  #question(work: Work, id: number): object {
    if (work.kind === 'list') return { method: 'tools/list' };
    const meta = work.steps > 0 ? { _meta: { progressToken: id } } : {};
    return { method: 'tools/call', params: { name: `${this.#prefix}task`, arguments: argumentsOf(work), ...meta } };
  }
}

/** Here nothing may be missing, in order and with the own token. */
function wrongProgress(events: readonly RpcMessage[], { steps, message }: Work, id: number): string | undefined {
  const progress = events.filter(({ method }) => method === 'notifications/progress').map(({ params }) => params);
  const wanted = Array.from({ length: steps }, (_, i) => ({
    progressToken: id,
    progress: i + 1,
    message: `${message} ${i + 1}`,
  }));
  if (isDeepStrictEqual(progress, wanted)) return undefined;
  return difference('the progress', JSON.stringify(progress), JSON.stringify(wanted));
}
