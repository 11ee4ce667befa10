import { METHOD_NOT_FOUND } from '../../mcp/errors.ts';
import type { JsonRpcRequest } from '../../mcp/jsonrpc.ts';
import type { Connection, Outcome } from './connection.ts';
import type { Introduction, Opener } from './open.ts';

/** What a server is told that asks although no client can be asked. */
export async function nobodyToAsk({ method }: JsonRpcRequest): Promise<Outcome> {
  return { error: { code: METHOD_NOT_FOUND, message: `Method not found: ${method}` } };
}

/**
 * Learns whether a server works whose connections belong to sessions that do not exist yet, and what it has.
 * @param readLists reads its lists, which are the same for all sessions until one is told otherwise
 * @returns the connection, closed
 */
export async function tryOut(
  opener: Opener,
  clientInfo: Introduction['clientInfo'],
  readLists: (connection: Connection) => Promise<void>,
): Promise<Connection> {
  const connection = await opener.open({
    clientInfo,
    capabilities: {},
    handlers: { onNotification: () => {}, onRequest: nobodyToAsk, onClose: () => {} },
  });
  await readLists(connection).finally(() => connection.close());
  return connection;
}
