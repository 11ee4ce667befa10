import { fileURLToPath } from 'node:url';
import { type ListeningProcess, startProcess } from '../../bench/process.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import type { Feature } from './clients/matrix-client.ts';

/** A server of the matrix. */
export interface MatrixServer {
  name: string;
  /** As the table has it. */
  title: string;
  /** Its script in `servers/`. */
  program: string;
  /** `type` of its entry; it is a program of its own, which both nodes reach. */
  remote?: 'streamable-http' | 'sse';
  perSessionClient?: boolean;
  /** What it cannot do by its nature, and why; not tried. */
  cannot?: Partial<Record<Feature, string>>;
}

const SHARED = {
  elicit:
    'a server of an older revision does not say for which call it asks, so on a connection that clients share it is not invited to; `perSessionClient` gives each client its own',
};

export const SERVERS: readonly MatrixServer[] = [
  { name: 'stdio-shared', program: 'stdio-legacy', title: 'stdio, legacy, shared', cannot: SHARED },
  { name: 'stdio-legacy', program: 'stdio-legacy', title: 'stdio, legacy, per session', perSessionClient: true },
  { name: 'stdio-dual', program: 'stdio-dual', title: 'stdio, both eras' },
  { name: 'stdio-modern', program: 'stdio-modern', title: 'stdio, 2026-07-28 only' },
  {
    name: 'http-shared',
    program: 'http-legacy',
    title: 'HTTP, legacy, shared',
    remote: 'streamable-http',
    cannot: SHARED,
  },
  {
    name: 'http-legacy',
    program: 'http-legacy',
    title: 'HTTP, legacy, per session',
    remote: 'streamable-http',
    perSessionClient: true,
  },
  { name: 'http-modern', program: 'http-modern', title: 'HTTP, 2026-07-28 only', remote: 'streamable-http' },
  { name: 'sse', program: 'sse', title: 'HTTP+SSE, per session', remote: 'sse', perSessionClient: true },
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
  { name, program, perSessionClient, remote }: MatrixServer,
  remotes: ListeningProcess[],
): Promise<Record<string, unknown>> {
  const file = fileURLToPath(new URL(`servers/${program}.ts`, import.meta.url));
  const own = perSessionClient === true ? { perSessionClient } : {};
  if (remote === undefined) return { command: process.execPath, args: [file, name], ...own };
  const started = await startProcess({ name, args: [file, name] });
  remotes.push(started);
  return { type: remote, url: `${started.url}${remote === 'sse' ? '/sse' : '/mcp'}`, ...own };
}
