import type { ServerConfig } from './schema.ts';

export const TRANSPORTS = ['stdio', 'sse', 'streamable-http', 'openapi'] as const;
/** `remote`: Streamable HTTP or HTTP+SSE, which only the server can tell. */
export type Transport = (typeof TRANSPORTS)[number] | 'remote';

/**
 * How a configured server is reached. Without `type` it is inferred: `openapi` means openapi, `url` means that the server
 * is asked which transport it has, anything else is a program that speaks stdio.
 *
 * @example transportOf({ url: 'http://127.0.0.1:8080/sse' }) // 'remote'
 */
export function transportOf(config: Pick<ServerConfig, 'type' | 'url'> & { openapi?: unknown }): Transport {
  if (config.type !== undefined) return config.type;
  if (config.openapi !== undefined) return 'openapi';
  return config.url === undefined ? 'stdio' : 'remote';
}
