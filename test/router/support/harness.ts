import { pino } from 'pino';
import { Registry } from 'prom-client';
import { type Coordinator, type CoordinatorOptions, createCoordinator } from '../../../router/coordinator.ts';
import { parseSettings } from '../../../settings/load.ts';
import { fixedSettings } from '../../../settings/store.ts';
import { type ForeignNode, startForeignNode } from './foreign-node.ts';

export interface HarnessOptions extends Partial<Omit<CoordinatorOptions, 'settings'>> {
  /** Contents of mcp_settings.json. */
  settings?: Record<string, unknown>;
}

/** What a test has running; `stop` ends all of it. */
export interface Harness {
  readonly coordinator: Coordinator;
  readonly prom: Registry;
  readonly logs: { msg: string; [field: string]: unknown }[];
  readonly nodes: ForeignNode[];
  /** Starts a node and registers it as the original branch does. */
  addNode(id: string, servers: string[], extra?: Record<string, unknown>): Promise<ForeignNode>;
  register(node: ForeignNode, servers: string[], extra?: Record<string, unknown>): Promise<Response>;
  heartbeat(node: ForeignNode, servers: string[], extra?: Record<string, unknown>): Promise<Response>;
  /** POSTs a JSON-RPC message to a path of the coordinator. */
  post(path: string, message: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Opens a session. @returns its id and the response */
  open(path: string, headers?: Record<string, string>): Promise<{ id: string; response: Response }>;
  stop(): Promise<void>;
}

export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

export function toolCall(id: number, name: string): Record<string, unknown> {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {} } };
}

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const { settings = {}, ...rest } = options;
  const logs: Harness['logs'] = [];
  const prom = new Registry();
  const coordinator = createCoordinator({
    settings: fixedSettings(parseSettings(settings)),
    listen: { host: '127.0.0.1', port: 0, basePath: '' },
    log: pino({ level: 'debug' }, { write: (line: string) => void logs.push(JSON.parse(line)) }),
    metrics: prom,
    version: '0.0.0',
    clusterTokens: () => [],
    secrets: () => [],
    mode: 'coordinator',
    ...rest,
  });
  await coordinator.start();
  const nodes: ForeignNode[] = [];

  async function member(kind: 'register' | 'heartbeat', node: ForeignNode, servers: string[], extra = {}) {
    const [token] = options.clusterTokens?.() ?? [];
    return fetch(`${coordinator.url}/api/cluster/${kind}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({
        id: node.id,
        name: node.id,
        host: '127.0.0.1',
        port: node.port,
        ...(kind === 'register'
          ? { url: node.url, status: 'active', lastHeartbeat: Date.now() }
          : { timestamp: Date.now() }),
        servers,
        ...extra,
      }),
    });
  }
  const harness: Harness = {
    coordinator,
    prom,
    logs,
    nodes,
    async addNode(id, servers, extra) {
      const node = await startForeignNode(id);
      nodes.push(node);
      await (await harness.register(node, servers, extra)).text();
      return node;
    },
    register: (node, servers, extra) => member('register', node, servers, extra),
    heartbeat: (node, servers, extra) => member('heartbeat', node, servers, extra),
    post: (path, message, headers = {}) =>
      fetch(`${coordinator.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
        body: typeof message === 'string' ? message : JSON.stringify(message),
      }),
    async open(path, headers) {
      const response = await harness.post(path, INITIALIZE, headers);
      await response.clone().text();
      return { id: response.headers.get('mcp-session-id') ?? '', response };
    },
    async stop() {
      await coordinator.stop();
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
  return harness;
}

/** A JSON-RPC answer as tests look at it. */
export interface Answer {
  id: unknown;
  result: { node: string; serverInfo: { name: string }; [key: string]: unknown };
  error: { code: number; message: string; data: Record<string, unknown> };
}

export async function answerOf(response: Response): Promise<Answer> {
  return (await response.json()) as Answer;
}
