import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { FrameReader, KIND } from '../../../cluster/trunk/frames.ts';
import { asksForTrunk } from '../../../node/trunk/trunks.ts';
import { OPENED } from './trunk-node.ts';

/** A node of ours, as far as its coordinator can tell, that answers as a test says. */
export interface HostileNode {
  readonly url: string;
  readonly trunks: Socket[];
  /** What it answers with on connections that are no trunks. */
  plain: (request: IncomingMessage, response: ServerResponse) => void;
  /** Frames that answer a request on a trunk, each character a byte. */
  framed: (id: number, head: string, body: string) => string;
  /** How many requests the coordinator gave up. */
  aborts: number;
  stop(): Promise<void>;
}

export async function startHostileNode(): Promise<HostileNode> {
  const trunks: Socket[] = [];
  const server = createServer({ shouldUpgradeCallback: asksForTrunk }, (request, response) => {
    request.resume().on('end', () => node.plain(request, response));
  });
  server.on('upgrade', (_request: IncomingMessage, socket: Socket) => {
    trunks.push(socket);
    socket.on('error', () => undefined);
    socket.write(OPENED);
    const reader = new FrameReader((kind, id, head, body) => {
      if (kind === KIND.abort) node.aborts++;
      if (kind === KIND.request) socket.write(node.framed(id, head, body.toString()), 'latin1');
    });
    socket.on('data', (bytes: Buffer) => reader.read(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const node: HostileNode = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trunks,
    aborts: 0,
    plain: (_request, response) => response.end('plain'),
    framed: () => '',
    async stop() {
      for (const socket of trunks) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return node;
}
