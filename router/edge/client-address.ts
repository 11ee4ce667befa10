import type { IncomingMessage } from 'node:http';

/** The address from which a client comes, as nodes are told it; undefined when the client is gone already. */
export function clientAddress({ socket }: Pick<IncomingMessage, 'socket'>): string | undefined {
  return socket.remoteAddress;
}
