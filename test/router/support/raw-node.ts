import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import type { WireControl, WireHandler, WireRequest } from '../../../router/wire/contract.ts';
import type { Origin } from '../../../router/wire/origin.ts';

/** A server that answers with bytes, whatever they are. */
export interface RawNode {
  readonly url: string;
  /** All that was received, by connection. */
  readonly received: string[];
  readonly sockets: Socket[];
  stop(): Promise<void>;
}

/** @param answer called for each piece that comes, with all that came on the connection so far */
export async function startRawNode(answer: (socket: Socket, received: string) => void): Promise<RawNode> {
  const received: string[] = [];
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    const at = sockets.push(socket) - 1;
    received[at] = '';
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received[at] += chunk.toString('latin1');
      answer(socket, received[at] ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    sockets,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export const GET: WireRequest = { method: 'GET', path: '/x', headers: [], body: null };

/** Sends a request. @returns its answer; rejects with the error that it got instead */
export function ask(origin: Origin, request: WireRequest = GET, hooks: Partial<WireHandler> = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const answered: Answered = { status: 0, headers: {}, body: '' };
    origin.dispatch(request, {
      onRequestStart: (control: WireControl) => hooks.onRequestStart?.(control),
      onResponseStart(control, status, headers) {
        Object.assign(answered, { status, headers: { ...headers } });
        hooks.onResponseStart?.(control, status, headers);
      },
      onResponseData(control, bytes) {
        answered.body += bytes.toString('latin1');
        hooks.onResponseData?.(control, bytes);
      },
      onResponseEnd: () => resolve(answered),
      onResponseError: (_control, error) => reject(error),
    });
  });
}
