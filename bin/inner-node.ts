import { randomBytes } from 'node:crypto';
import type { Registry } from 'prom-client';
import { createNode } from '../node/node.ts';
import type { Settings } from '../settings/schema.ts';
import type { SettingsSource } from '../settings/store.ts';
import { nodeIdentity } from './identity.ts';
import type { Logger } from './log.ts';
import { ownUrl } from './member.ts';

export interface InnerNodeOptions {
  role: 'standalone' | 'coordinator';
  settings: SettingsSource;
  /** Where the coordinator of this process listens. */
  coordinatorUrl: string;
  clusterTokens: () => readonly string[];
  log: Logger;
  metrics: Registry;
  version: string;
}

export interface InnerNode {
  ready(): boolean;
  stop(options?: { graceful?: boolean }): Promise<void>;
}

/**
 * The node inside a coordinator's process, for the coordinator's own `mcpServers`. It joins over loopback HTTP as any
 * other node, so that there is one code path. It is started once there is a server to host: at once, or when a changed
 * settings file brings the first one.
 */
export async function startInnerNode(options: InnerNodeOptions): Promise<InnerNode> {
  const { role, settings, log } = options;
  let node: ReturnType<typeof createNode> | undefined;

  async function open(): Promise<void> {
    node = createNode({
      settings,
      listen: { host: '127.0.0.1', port: 0, basePath: '' },
      log: log.child({ component: 'node' }),
      metrics: options.metrics,
      version: options.version,
      identity: nodeIdentity(role, settings.current.systemConfig.cluster.node, 0),
      coordinators: [ownUrl(options.coordinatorUrl)],
      clusterTokens: options.clusterTokens,
    });
    await node.start();
  }

  const needed = (current: Settings) => role === 'standalone' || Object.keys(current.mcpServers).length > 0;
  if (needed(settings.current)) await open();
  const unwatch = settings.onChange((next) => {
    if (node !== undefined || !needed(next)) return;
    open().catch((error: unknown) => log.error({ err: error }, 'Starting the node for own servers failed'));
  });

  return {
    ready: () => node?.ready() ?? true,
    async stop(stopOptions) {
      unwatch();
      await node?.stop(stopOptions);
    },
  };
}

/** The secret between the two halves of one process, when no cluster needs to know it. */
export function privateToken(): string {
  return randomBytes(32).toString('base64url');
}
