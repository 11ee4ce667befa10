import type { ServerConfig } from './schema.ts';

export const TRANSPORTS = ['stdio', 'sse', 'streamable-http', 'openapi'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/**
 * How a configured server is reached. Without `type` it is inferred as MCPHub does: `openapi` means openapi, `url` means
 * sse (streamable HTTP must be said), anything else is a program that speaks stdio.
 *
 * @example transportOf({ url: 'http://127.0.0.1:8080/sse' }) // 'sse'
 */
export function transportOf(config: Pick<ServerConfig, 'type' | 'url'> & { openapi?: unknown }): Transport {
  if (config.type !== undefined) return config.type;
  if (config.openapi !== undefined) return 'openapi';
  return config.url === undefined ? 'stdio' : 'sse';
}
