import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { inPieces } from '../arbitrary/cuts.ts';
import { wording } from './part.ts';
import type { Frame, Reply } from './reply.ts';
import type { Script } from './script.ts';

interface Asked {
  id?: unknown;
  method?: string;
}

/** A case in progress. */
interface Act {
  script: Script;
  /** How many requests were answered by `replies`. */
  turn: number;
  /** The stream of HTTP+SSE. */
  stream: ServerResponse | undefined;
}

/**
 * A server on loopback that follows the script of a case. Each case has a path of its own, so that what is left of one
 * never meets the next.
 */
export class HostileServer {
  readonly #server: Server;
  readonly #acts = new Map<string, Act>();

  constructor() {
    this.#server = createServer((req, res) => {
      req.on('error', () => {});
      res.on('error', () => {});
      this.#serve(req, res).catch(() => res.destroy());
    });
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** @returns where the script is played from now on; one at a time */
  play(script: Script, number: number): string {
    this.#acts.clear();
    this.#acts.set(`/${number}`, { script, turn: 0, stream: undefined });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${number}`;
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await readText(req);
    const path = /^\/\d+/.exec(req.url ?? '')?.[0] ?? '';
    const act = this.#acts.get(path) ?? [...this.#acts.values()].find(() => req.url?.startsWith('/post') === true);
    if (act === undefined) return void res.writeHead(410).end();
    if (req.method === 'GET') return this.#listen(act, res);
    if (req.method !== 'POST') return void res.writeHead(405).end();
    const asked = JSON.parse(body) as Asked;
    if (asked.method === undefined || asked.id === undefined) return void res.writeHead(202).end();
    this.#answer(act, asked, res);
  }

  #listen(act: Act, res: ServerResponse): void {
    const { script } = act;
    if (script.transport === 'streamable-http') return send(script.listen, undefined, res);
    act.stream = res;
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(`event: endpoint\ndata: ${script.endpoint.replace(/[\r\n]/g, '')}\n\n`);
    if (script.listen.as === 'stream') res.write(written(script.listen.frames, undefined));
  }

  #answer(act: Act, asked: Asked, res: ServerResponse): void {
    const { script } = act;
    const answer =
      asked.method === 'initialize' ? welcome(script) : (script.replies[act.turn++ % script.replies.length] as Reply);
    if (script.transport === 'sse') sendOnStream(answer, asked.id, res, act.stream);
    else send(answer, asked.id, res, asked.method === 'initialize' ? { 'mcp-session-id': 'hostile-1' } : {});
  }
}

function welcome({ initialize }: Script): Reply {
  if ('reply' in initialize) return initialize.reply;
  const members = { jsonrpc: '2.0', result: initialize.facts };
  const parts = [{ say: 'answer' as const, id: 'right' as const, members }];
  return { as: 'json', status: 200, type: 'application/json', batch: false, parts, keep: 1, end: 'closed' };
}

function send(reply: Reply, id: unknown, res: ServerResponse, extra: Record<string, string> = {}): void {
  if (reply.as === 'silence') return;
  if (reply.as === 'gone') return void res.destroy();
  if (reply.as === 'bytes') return void res.socket?.end(reply.text, 'latin1');
  if (reply.as === 'status') return void res.writeHead(reply.status, { ...extra, ...reply.headers }).end(reply.body);
  const type = reply.as === 'json' ? reply.type : 'text/event-stream';
  const whole = Buffer.from(reply.as === 'json' ? bodyOf(reply, id) : written(reply.frames, id));
  res.writeHead(reply.status, { ...extra, 'content-type': type });
  res.flushHeaders();
  const kept = reply.as === 'json' ? whole.subarray(0, Math.ceil(whole.length * reply.keep)) : whole;
  for (const piece of pieces(kept, reply)) res.write(piece);
  if (reply.end === 'closed') res.end();
  else if (reply.end === 'broken') setImmediate(() => res.destroy());
}

/** HTTP+SSE: the POST is accepted and the answer comes on the stream, or neither. */
function sendOnStream(reply: Reply, id: unknown, res: ServerResponse, stream: ServerResponse | undefined): void {
  if (reply.as !== 'json' && reply.as !== 'stream') return send(reply, id, res);
  res.writeHead(202).end();
  const text = reply.as === 'json' ? `data: ${bodyOf(reply, id)}\n\n` : written(reply.frames, id);
  for (const piece of pieces(Buffer.from(text), reply)) stream?.write(piece);
  if (reply.end === 'broken') setImmediate(() => stream?.destroy());
}

function bodyOf({ parts, batch }: Extract<Reply, { as: 'json' }>, id: unknown): string {
  const texts = parts.map((part) => wording(part, id));
  return batch ? `[${texts.join(',')}]` : (texts[0] ?? '');
}

/** Long ones go in one piece, since the cuts are not what they are about. */
function pieces(bytes: Buffer, reply: Reply): Buffer[] {
  return reply.as === 'stream' && bytes.length < 2_000 ? inPieces(bytes, reply.cuts) : [bytes];
}

function written(frames: readonly Frame[], id: unknown): string {
  return frames
    .map(({ fields, said, lineEnd, unfinished }) => {
      const data = wording(said, id).split(/\r\n|\r|\n/);
      const lines = [...fields, ...data.map((line) => `data: ${line}`)];
      return lines.map((line) => line + lineEnd).join('') + (unfinished ? '' : lineEnd);
    })
    .join('');
}
