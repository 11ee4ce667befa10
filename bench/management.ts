/** A node as `GET /api/cluster/nodes` shows it, as far as the benchmark looks at it. */
export interface NodeRow {
  id: string;
  status: string;
  lastHeartbeat: number;
  servers: string[];
  metadata?: { startedAt?: number; suspect?: boolean; draining?: boolean };
}

/** The management API of one coordinator. */
export interface Management {
  /** What is served at a path. */
  read(path: string): Promise<unknown>;
  nodes(): Promise<NodeRow[]>;
  /** Registers a foreign server as a node of the original branch would; again every second, so that it stays alive. */
  register(node: { id: string; url: string; servers: string[] }): Promise<void>;
  /** Ends what `register` began. */
  stop(): void;
}

/** @param token the cluster token */
export function manage(url: string, token: string): Management {
  const beats = new Set<NodeJS.Timeout>();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };

  async function read(path: string): Promise<unknown> {
    const response = await fetch(`${url}${path}`, { headers });
    return ((await response.json()) as { data?: unknown }).data;
  }

  async function post(node: object): Promise<void> {
    const body = JSON.stringify(node);
    const response = await fetch(`${url}/api/cluster/register`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`register: ${response.status} ${await response.text()}`);
    await response.body?.cancel();
  }

  return {
    read,
    nodes: async () => (await read('/api/cluster/nodes')) as NodeRow[],
    async register(node) {
      const payload = { ...node, name: node.id, status: 'active', lastHeartbeat: Date.now() };
      await post(payload);
      beats.add(setInterval(() => post(payload).catch(() => undefined), 1000));
    },
    stop() {
      for (const beat of beats) clearInterval(beat);
    },
  };
}
