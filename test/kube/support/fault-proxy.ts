import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from './control-plane.ts';
import { type ActiveFault, type Fault, FaultRules, type Match, spoiled, statusObject } from './faults.ts';
import { tokenOf } from './identities.ts';
import { requestInfo } from './request-info.ts';
import { RequestLog } from './request-log.ts';
import { TcpDoor } from './tcp-door.ts';

/** Headers of one connection, which HTTP/2 forbids. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection']);

/**
 * Stands between a client and the API server, under a certificate of the same authority, and makes faults: of the
 * network in {@link door}, of requests with {@link fail}. Clients speak HTTP/2 or HTTP/1.1.
 */
export class FaultProxy {
  /** Connections: reset, refuse, hang, and how many are open. */
  readonly door: TcpDoor;
  /** What was asked, also what did not reach the API server. */
  readonly log = new RequestLog();
  readonly #plane: ControlPlane;
  readonly #server: Http2SecureServer;
  readonly #agent: Agent;
  readonly #rules = new FaultRules();
  /** The answers that are under way. */
  readonly #open = new Map<Http2ServerResponse, ReturnType<typeof requestInfo>>();

  /** Use {@link startFaultProxy}. @param server listens already */
  constructor(plane: ControlPlane, server: Http2SecureServer) {
    this.#plane = plane;
    this.#server = server;
    this.#agent = new Agent({ keepAlive: true, ca: plane.ca });
    this.door = new TcpDoor((server.address() as AddressInfo).port);
    server.on('request', (incoming, answer) => {
      this.#take(incoming, answer).catch(() => reset(answer));
    });
    server.on('sessionError', () => {});
    server.on('tlsClientError', () => {});
  }

  get url(): string {
    return `https://127.0.0.1:${this.door.port}`;
  }

  /** Requests that are under way: watches above all. */
  openRequests(match: Pick<Match, 'verb' | 'resource'> = {}): number {
    return this.#matching(match).length;
  }

  /** Writes a kubeconfig that leads through here. @param token default: may do everything. @returns its path */
  kubeconfig(token = tokenOf('admin'), namespace?: string): string {
    return this.#plane.kubeconfigFor(token, this.url, namespace);
  }

  /** Switches a fault on for the requests that match. */
  fail(match: Match, fault: Fault): ActiveFault {
    return this.#rules.add(match, fault);
  }

  /** Ends answers that are under way in their middle. @returns how many */
  cut(match: Pick<Match, 'verb' | 'resource'> = { verb: 'watch' }): number {
    const hit = this.#matching(match);
    for (const answer of hit) reset(answer);
    return hit.length;
  }

  /** Ends all faults. */
  async heal(): Promise<void> {
    this.#rules.clear();
    await this.door.set('open');
  }

  async close(): Promise<void> {
    await this.door.close();
    this.#agent.destroy();
    for (const answer of this.#open.keys()) reset(answer);
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #matching({ verb, resource }: Pick<Match, 'verb' | 'resource'>): Http2ServerResponse[] {
    return [...this.#open]
      .filter(([, info]) => verb === undefined || info.verb === verb)
      .filter(([, info]) => resource === undefined || info.resource === resource)
      .map(([answer]) => answer);
  }

  async #take(incoming: Http2ServerRequest, answer: Http2ServerResponse): Promise<void> {
    const info = requestInfo(incoming.method, incoming.url);
    this.log.add(info);
    this.#open.set(answer, info);
    answer.once('close', () => this.#open.delete(answer));
    // Ends with the client, and is seen there.
    answer.on('error', () => {});
    const fault = this.#rules.take(info);
    switch (fault?.kind) {
      case 'status':
        return answerWith(answer, fault.status, statusObject(fault), fault.retryAfter);
      case 'error-event':
        return answerWith(answer, 200, { type: 'ERROR', object: statusObject(fault) });
      case 'hang':
        return;
      case 'reset':
        return reset(answer);
      case 'delay':
        await sleep(fault.milliseconds);
    }
    await this.#forward(incoming, answer, fault);
  }

  async #forward(incoming: Http2ServerRequest, answer: Http2ServerResponse, fault: Fault | undefined): Promise<void> {
    const outgoing = request(`${this.#plane.server}${incoming.url}`, {
      agent: this.#agent,
      method: incoming.method,
      headers: endToEnd(incoming.headers),
    });
    const aborted = () => outgoing.destroy();
    answer.once('close', aborted);
    const received = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    await Promise.all([pipeline(incoming, outgoing), received]);
    const [response] = await received;
    if (fault?.kind === 'lose-answer') {
      for await (const _ of response);
      return reset(answer);
    }
    answer.writeHead(response.statusCode ?? 502, endToEnd(response.headers));
    // A watch has an answer before it has an event. With HTTP/2 the headers are sent already.
    if (answer.stream === undefined) (answer as unknown as ServerResponse).flushHeaders();
    await pipeline(spoiled(response, fault), answer);
  }
}

/** Starts a proxy in front of a control plane; `close` it. */
export async function startFaultProxy(plane: ControlPlane): Promise<FaultProxy> {
  const [cert, key] = ['apiserver.crt', 'apiserver.key'].map((file) => readFileSync(join(plane.folder, file), 'utf8'));
  const server = createSecureServer({ allowHTTP1: true, cert, key });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = new FaultProxy(plane, server);
  await proxy.door.open();
  return proxy;
}

function answerWith(answer: Http2ServerResponse, status: number, body: object, retryAfter?: number): void {
  const wait = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  answer.writeHead(status, { 'content-type': 'application/json', ...wait });
  answer.end(`${JSON.stringify(body)}\n`);
}

/** Ends an answer in a way that no client takes for its end. */
function reset(answer: Http2ServerResponse): void {
  if (answer.stream === undefined) answer.socket?.destroy();
  else answer.stream.close(2);
}

function endToEnd(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith(':') && !HOP_BY_HOP.has(name));
  return Object.fromEntries(kept.filter((entry): entry is [string, string | string[]] => entry[1] !== undefined));
}
