import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { TRUNK_PROTOCOL } from '../../../cluster/trunk/frames.ts';
import type { HubResponse, WholeRequest } from '../../../node/http/carried.ts';
import { asksForTrunk, Trunks } from '../../../node/trunk/trunks.ts';
import type { WireRequest } from '../../../router/wire/contract.ts';
import { Origin } from '../../../router/wire/origin.ts';
import type { Answered } from './raw-node.ts';

/** The two ends of a trunk as coordinator and node have them, with a node that answers as a test says. */
export interface TrunkPair {
  readonly origin: Origin;
  readonly trunks: Trunks;
  /** Sockets of trunks, and how many requests came otherwise. */
  readonly sockets: Socket[];
  plain: number;
  /** How often the trunk ended without a word. */
  broken: number;
  stop(): Promise<void>;
}

export type Answer = (request: WholeRequest, response: HubResponse) => void;

/** @param accept decides whether the node opens trunks */
export async function startPair(answer: Answer, accept: () => boolean = () => true): Promise<TrunkPair> {
  const trunks = new Trunks(answer);
  const server = createServer({ shouldUpgradeCallback: asksForTrunk }, (_request, response) => {
    pair.plain++;
    response.end('plain');
  });
  const sockets: Socket[] = [];
  server.on('upgrade', (_request: IncomingMessage, socket: Socket, first: Buffer) => {
    socket.on('error', () => undefined);
    if (!accept()) return void socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
    sockets.push(socket);
    trunks.accept(socket, first);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = trunkOrigin((server.address() as AddressInfo).port, () => {
    pair.broken++;
  });
  const pair: TrunkPair = {
    origin,
    trunks,
    sockets,
    plain: 0,
    broken: 0,
    async stop() {
      await origin.destroy();
      trunks.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return pair;
}

export function trunkOrigin(port: number, onBroken = () => {}): Origin {
  return new Origin(`http://127.0.0.1:${port}`, 1_000, { path: '/trunk', headers: () => [], onBroken });
}

/** What a node says that opens a trunk. */
export const OPENED = `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${TRUNK_PROTOCOL}\r\n\r\n`;

/** A request that may share a connection. */
export function request(path: string, body = ''): WireRequest {
  return { method: 'POST', path, headers: ['X-Name', 'a', 'x-name', 'b'], body: Buffer.from(body), shared: true };
}

/** Why a request failed; its answer, if it did not. */
export function failureOf(asked: Promise<Answered>): Promise<string> {
  return asked.then(JSON.stringify, (error: Error) => error.message);
}
