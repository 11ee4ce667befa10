import { fileURLToPath } from 'node:url';
import { type ListeningProcess, startProcess } from '../../bench/process.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';

/** A server of the matrix, as the table has it. */
export interface MatrixServer {
  name: string;
  title: string;
  /** Its entry says `perSessionClient`: it asks by a request to the client, and connections that are shared are not asked. */
  perSessionClient?: boolean;
  /** `type` of its entry; it is a program of its own, which both nodes reach. */
  remote?: 'streamable-http' | 'sse';
}

export const SERVERS: readonly MatrixServer[] = [
  { name: 'stdio-legacy', title: 'stdio, legacy only', perSessionClient: true },
  { name: 'stdio-dual', title: 'stdio, both eras' },
  { name: 'stdio-modern', title: 'stdio, 2026-07-28 only' },
  { name: 'http-legacy', title: 'HTTP, legacy only', perSessionClient: true, remote: 'streamable-http' },
  { name: 'http-modern', title: 'HTTP, 2026-07-28 only', remote: 'streamable-http' },
  { name: 'sse', title: 'HTTP+SSE', perSessionClient: true, remote: 'sse' },
];

/** A way to a server: the path behind `/mcp` or `/sse`, and what stands before the names of its tools there. */
export interface MatrixRoute {
  title: string;
  path(server: string): string;
  prefix(server: string): string;
}

const GROUP = 'matrix';

export const ROUTES: readonly MatrixRoute[] = [
  { title: 'server', path: (server) => `/${server}`, prefix: () => '' },
  { title: 'group', path: () => `/${GROUP}`, prefix: (server) => `${server}-` },
  { title: 'all', path: () => '', prefix: (server) => `${server}-` },
];

/** A coordinator and two nodes that have all servers each. */
export class MatrixCluster {
  readonly #cluster: Cluster;
  readonly #remotes: readonly ListeningProcess[];

  private constructor(cluster: Cluster, remotes: readonly ListeningProcess[]) {
    this.#cluster = cluster;
    this.#remotes = remotes;
  }

  static async start(): Promise<MatrixCluster> {
    const remotes: ListeningProcess[] = [];
    try {
      const entries = await Promise.all(
        SERVERS.map(async (server) => [server.name, await entryOf(server, remotes)] as const),
      );
      const groups = [{ id: GROUP, name: GROUP, servers: SERVERS.map(({ name }) => name) }];
      const settings = { mcpServers: Object.fromEntries(entries), groups };
      return new MatrixCluster(await startCluster({ nodes: [{ settings }, { settings }] }), remotes);
    } catch (error) {
      await Promise.all(remotes.map((remote) => remote.stop()));
      throw error;
    }
  }

  get url(): string {
    return this.#cluster.url;
  }

  async stop(): Promise<void> {
    try {
      await this.#cluster.stop();
    } finally {
      await Promise.all(this.#remotes.map((remote) => remote.stop()));
    }
  }
}

async function entryOf(
  { name, perSessionClient, remote }: MatrixServer,
  remotes: ListeningProcess[],
): Promise<Record<string, unknown>> {
  const file = fileURLToPath(new URL(`servers/${name}.ts`, import.meta.url));
  const own = perSessionClient === true ? { perSessionClient } : {};
  if (remote === undefined) return { command: process.execPath, args: [file, name], ...own };
  const started = await startProcess({ name, args: [file, name] });
  remotes.push(started);
  return { type: remote, url: `${started.url}${remote === 'sse' ? '/sse' : '/mcp'}`, ...own };
}
