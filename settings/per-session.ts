import type { ServerConfig } from './schema.ts';

/** Whether a server has a process, or a connection, for each session. */
export function isPerSession({ perSessionClient }: Pick<ServerConfig, 'perSessionClient'>): boolean {
  return perSessionClient === true || perSessionClient === 'calls';
}
