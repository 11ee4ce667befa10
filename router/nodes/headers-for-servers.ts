import type { Registry } from './registry.ts';

/** Names of headers, in lower case, that servers of the nodes want of clients; see `passthroughHeaders`. */
export function* headersForServers({ nodes }: Registry): Generator<string> {
  for (const { metadata } of nodes.values()) {
    for (const { passthroughHeaders = [] } of Object.values(metadata?.serverStatus ?? {})) yield* passthroughHeaders;
  }
}
