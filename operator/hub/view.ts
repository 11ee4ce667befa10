import type { ServerStatusEntry } from '../api/types.ts';

/** A server on one node, as the node reports it. */
export interface ServerReading {
  status: ServerStatusEntry['status'];
  reason?: string;
  protocol?: string;
  version?: string;
  tools?: number;
}

export interface NodeReading {
  /** The name of its Pod. */
  id: string;
  /** Its heartbeats come. */
  active: boolean;
  draining: boolean;
  sessions: number;
  /** Of the settings in force there. */
  revision?: string;
  servers: Record<string, ServerReading>;
}

/** What one coordinator says of itself. */
export interface CoordinatorReading {
  /** The name of its Pod. */
  pod: string;
  revision?: string;
  /** Why it could not be read. */
  problem?: string;
  /** Why it refused the newest settings. */
  settingsProblem?: string;
}

/** What one coordinator knows of the nodes. */
export interface RegistryReading extends CoordinatorReading {
  nodes: (NodeReading & { lastHeartbeat: number })[];
}

/** A hub, as all its coordinators together see it. */
export interface HubView {
  coordinators: CoordinatorReading[];
  /** By id. */
  nodes: NodeReading[];
}

/**
 * One view of several. A node is active if any coordinator hears it; the rest of it is what the coordinator says that
 * heard it last.
 */
export function mergeReadings(readings: readonly RegistryReading[]): HubView {
  const newest = new Map<string, RegistryReading['nodes'][number]>();
  for (const node of readings.flatMap(({ nodes }) => nodes)) {
    const known = newest.get(node.id);
    const later = known === undefined || node.lastHeartbeat >= known.lastHeartbeat ? node : known;
    newest.set(node.id, { ...later, active: node.active || (known?.active ?? false) });
  }
  return {
    coordinators: readings.map(({ nodes: _, ...coordinator }) => coordinator).sort((a, b) => order(a.pod, b.pod)),
    nodes: [...newest.values()].map(({ lastHeartbeat: _, ...node }) => node).sort((a, b) => order(a.id, b.id)),
  };
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
