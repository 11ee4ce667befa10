import { isDeepStrictEqual } from 'node:util';
import { STATUS_MANAGER } from '../api/names.ts';
import type { McpHubCluster, McpHubClusterStatus } from '../api/types.ts';
import type { KubeObject } from '../kube/contract.ts';
import { CLUSTERS } from './kinds.ts';
import { transitions } from './transitions.ts';
import type { Subject, World } from './world.ts';

/** Least milliseconds between two writes that say nothing new but numbers of sessions. */
export const SESSIONS_PAUSE = 30_000;

export interface StatusWriter {
  /** The cluster with the status that was written last, where the store does not show it yet. */
  current(key: string, cluster: McpHubCluster): McpHubCluster;
  /**
   * Writes a status if it differs, with an event for each condition that changed.
   * @returns milliseconds until a status that had to wait may be written
   */
  write(subject: Subject, status: McpHubClusterStatus): Promise<number | undefined>;
  forget(key: string): void;
}

interface Last {
  /** Versions of the cluster that are older than the write: what it followed from, and our own writes in between. */
  older: ReadonlySet<string | undefined>;
  /** Version that the write made. */
  version: string | undefined;
  status: McpHubClusterStatus;
  /** Clock time. */
  at: number;
}

export function createStatusWriter(world: Pick<World, 'client' | 'events' | 'clock'>): StatusWriter {
  const written = new Map<string, Last>();

  /** Milliseconds for which a status that says nothing new but numbers of sessions has to wait. */
  function pause(key: string, before: McpHubClusterStatus, status: McpHubClusterStatus): number {
    const at = written.get(key)?.at;
    if (at === undefined || !isDeepStrictEqual(withoutSessions(before), withoutSessions(status))) return 0;
    return at + SESSIONS_PAUSE - world.clock.monotonic();
  }

  return {
    current(key, cluster) {
      const last = written.get(key);
      if (last === undefined || !last.older.has(cluster.metadata.resourceVersion)) return cluster;
      return { ...cluster, status: last.status };
    },
    async write({ key, cluster }, status) {
      const before = cluster.status ?? {};
      if (isDeepStrictEqual(before, status)) return undefined;
      const left = pause(key, before, status);
      if (left > 0) return left;
      const stored = await world.client.applyStatus(CLUSTERS, statusObject(cluster, status), STATUS_MANAGER);
      const from = cluster.metadata.resourceVersion;
      const last = written.get(key);
      // The store shows each of several quick writes, one after the other.
      const older = new Set(last?.older.has(from) ? [...last.older, last.version] : [from]);
      written.set(key, { older, version: stored.metadata.resourceVersion, status, at: world.clock.monotonic() });
      for (const event of transitions(before.conditions ?? [], status.conditions ?? [])) {
        world.events.emit(cluster as unknown as KubeObject, event);
      }
      return undefined;
    },
    forget: (key) => written.delete(key),
  };
}

/** The uid keeps it from a cluster of the same name that was made since. */
function statusObject({ apiVersion, kind, metadata }: McpHubCluster, status: McpHubClusterStatus): KubeObject {
  const { name, namespace, uid } = metadata;
  const where = { ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
  return { apiVersion, kind, metadata: { name, ...where }, status };
}

/** What is left when numbers of sessions do not count. */
export function withoutSessions({ sessions: _, pools, ...rest }: McpHubClusterStatus): object {
  return { ...rest, pools: pools?.map(({ sessions: __, ...pool }) => pool) };
}
