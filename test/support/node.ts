import pino from 'pino';
import { Registry } from 'prom-client';
import { createNode, type HubNode, type NodeOptions } from '../../node/node.ts';
import { parseSettings } from '../../settings/load.ts';
import { fixedSettings, type SettingsSource } from '../../settings/store.ts';
import { closeSockets } from './clients.ts';

export interface RunningNode {
  node: HubNode;
  url: string;
  metrics: Registry;
}

/**
 * Starts a node in this process on a free port of 127.0.0.1.
 * @param settings the content of a settings file, or a source that the test changes
 */
export async function startNode(
  settings: Record<string, unknown> | SettingsSource,
  options: Partial<NodeOptions> = {},
): Promise<RunningNode> {
  const metrics = new Registry();
  const node = createNode({
    settings: isSource(settings) ? settings : fixedSettings(parseSettings(settings)),
    listen: { host: '127.0.0.1', port: 0, basePath: '' },
    identity: { id: 'node-1', name: 'node-1' },
    coordinators: [],
    clusterTokens: () => [],
    log: pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }),
    metrics,
    version: '0.0.0',
    ...options,
  });
  await node.start();
  return { node, url: node.url, metrics };
}

function isSource(settings: Record<string, unknown> | SettingsSource): settings is SettingsSource {
  return 'onChange' in settings;
}

/** The nodes of one test file; `stop` in afterEach ends those that the test started. */
export class Nodes {
  readonly #running: HubNode[] = [];

  async start(
    settings: Record<string, unknown> | SettingsSource,
    options: Partial<NodeOptions> = {},
  ): Promise<RunningNode> {
    const running = await startNode(settings, options);
    this.#running.push(running.node);
    return running;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.splice(0).map((node) => node.stop()));
    await closeSockets();
  }
}
