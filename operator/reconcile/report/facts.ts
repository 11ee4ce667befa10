import type { Condition, McpHubCluster, ServerStatusEntry } from '../../api/types.ts';
import type { HubView } from '../../hub/view.ts';
import type { KubeObject } from '../../kube/contract.ts';
import type { SpecProblem } from '../../render/input.ts';
import type { Workload } from './workload.ts';

/** Something that keeps an object from being what it should be, while the rest goes on. */
export interface Trouble {
  /** As the reason of a condition. */
  reason: 'InvalidOwnership' | 'ApiNotServed' | 'Refused';
  /** What is wrong, and what to do. */
  message: string;
}

/** How the last handshake through the Service ended. */
export interface HandshakeFact {
  ok: boolean;
  /** There was an answer, good or bad. */
  answered: boolean;
  problem?: string;
  /** Of the spec that was served then. */
  generation: number;
}

/** All that a status follows from. */
export interface ReportInput {
  cluster: McpHubCluster;
  /** What is wrong with the spec; undefined when it was not looked at, as while it is paused. */
  problems: readonly SpecProblem[] | undefined;
  /** What works, and is likely not meant. */
  warnings?: readonly SpecProblem[];
  troubles: readonly Trouble[];
  /** Live ones, of coordinators and pools; absent ones are not in it. */
  deployments: readonly { role: string; object: KubeObject }[];
  pods: readonly KubeObject[];
  /** The public Service. */
  service: KubeObject | undefined;
  /** Undefined before the first look. */
  view: HubView | undefined;
  /** Pods that run with older settings than they should. */
  behind: readonly string[];
  /** `disabled` where no handshakes are tried; undefined before the first. */
  handshake: HandshakeFact | 'disabled' | undefined;
  /** Path below which the coordinators serve: empty, or with a slash at its start and none at its end. */
  basePath: string;
  /** Domain of the Kubernetes cluster. */
  domain: string;
  /** Epoch milliseconds. */
  now: number;
}

/** What the conditions are judged by. */
export interface Facts {
  input: ReportInput;
  generation: number;
  paused: boolean;
  coordinator: Workload | undefined;
  /** Of nodes, by pool. */
  pools: Workload[];
  /** Pods of nodes that the coordinators know as healthy and give sessions. */
  active: ReadonlySet<string>;
  /** No coordinator that runs could be read. */
  unobserved: boolean;
  servers: ServerStatusEntry[];
  previous: readonly Condition[];
}
