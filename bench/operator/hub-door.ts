import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One address for all hubs: those that run somewhere are reached by their namespace, the others do not answer. */
export interface HubDoor {
  /** For the operator's `reach`. */
  readonly templates: { coordinator: string; hub: string };
  /** From now on the hub of this namespace is at this address. */
  lead(namespace: string, url: string): void;
  close(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1. */
export async function openHubDoor(): Promise<HubDoor> {
  const hubs = new Map<string, string>();
  const server = createServer((incoming, answer) => pass(hubs, incoming, answer));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/{namespace}`;
  return {
    templates: { coordinator: url, hub: url },
    lead: (namespace, target) => void hubs.set(namespace, target),
    close: () => closeAll(server),
  };
}

function pass(hubs: ReadonlyMap<string, string>, incoming: IncomingMessage, answer: ServerResponse): void {
  const [, namespace = '', rest = ''] = /^\/([^/]*)(.*)$/.exec(incoming.url ?? '') ?? [];
  const target = hubs.get(namespace);
  if (target === undefined) return void incoming.socket.destroy();
  const { method = 'GET', headers } = incoming;
  const outgoing = request(`${target}${rest}`, { method, headers }, (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(answer);
  });
  outgoing.on('error', () => answer.destroy());
  answer.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

async function closeAll(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
