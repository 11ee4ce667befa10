// Made from operator/api/schema by "npm run generate": change that, not this.
import type { ConditionType } from '../conditions.ts';

/** What is. Only the operator writes it. */
export interface McpHubClusterStatus {
  /** `metadata.generation` that the status is about. */
  observedGeneration?: number;
  /** Aspects of the state. Ready sums them up. */
  conditions?: Condition[];
  /** Where clients connect. */
  url?: string;
  /** Counts of coordinators. */
  coordinators?: CoordinatorCounts;
  /** Counts of nodes, of all pools. */
  nodes?: NodeCounts;
  /** Counts as the printer columns show them. */
  summary?: StatusSummary;
  /** Sessions of clients on all nodes. */
  sessions?: number;
  /** Labels of the Pods of `spec.nodes`, for the scale subresource. */
  selector?: string;
  /** Pods of `spec.nodes`, for the scale subresource. */
  replicas?: number;
  /** State of each pool of nodes. */
  pools?: PoolStatus[];
  /** State of each server. */
  servers?: ServerStatusEntry[];
}

/** One aspect of the state, with what to do about it. */
export interface Condition {
  /** Ready, Available, Progressing, Degraded, ConfigValid or Verified. */
  type: ConditionType;
  /** Whether it is so; Unknown where that could not be found out. */
  status: 'True' | 'False' | 'Unknown';
  /** Why, in one word for programs; the reference lists all. */
  reason: string;
  /** Why, and what to do, for people. */
  message: string;
  /** `metadata.generation` that this is about. */
  observedGeneration?: number;
  /** When `status` changed last. */
  lastTransitionTime: string;
}

/** Counts of coordinators. */
export interface CoordinatorCounts {
  /** Pods. */
  replicas: number;
  /** Pods that are ready. */
  ready: number;
}

/** Counts of nodes. */
export interface NodeCounts {
  /** Pods. */
  replicas: number;
  /** Pods that are ready. */
  ready: number;
  /** Nodes that the coordinators know as healthy and give sessions. */
  active: number;
}

/** Counts as the printer columns show them. */
export interface StatusSummary {
  /** Active nodes of all wanted, such as `3/3`. */
  nodes: string;
  /** Connected servers of all enabled, such as `1/1`. */
  servers: string;
}

/** State of one pool of nodes. */
export interface PoolStatus {
  /** Name of the pool; `nodes` is that of `spec.nodes`. */
  name: string;
  /** Pods. */
  replicas: number;
  /** Pods that are ready. */
  ready: number;
  /** Nodes that the coordinators know as healthy and give sessions. */
  active: number;
  /** Sessions on its nodes. */
  sessions: number;
}

/** State of one server. */
export interface ServerStatusEntry {
  /** Name of the server. */
  name: string;
  /** Nodes on which it is up. */
  replicas: number;
  /**
   * connected: up on a node. connecting: starting. idle: starts on demand. failed: see `reason`. disabled: `enabled` is
   * false. unknown: no node told of it.
   */
  status: 'connected' | 'connecting' | 'idle' | 'failed' | 'disabled' | 'unknown';
  /** Why it is not connected, and what to do. */
  reason?: string;
  /** Revision of MCP that it speaks, such as 2025-11-25. */
  protocol?: string;
  /** Its own version. */
  version?: string;
  /** Number of its tools. */
  tools?: number;
}
