import type { KubeObject } from '../../kube/contract.ts';

/** A Deployment, as far as the report cares. */
export interface Workload {
  /** `coordinator`, or the name of a pool. */
  role: string;
  name: string;
  /** Pods that are wanted. */
  wanted: number;
  /** Pods that there are. */
  replicas: number;
  ready: number;
  /** Labels of its Pods, as a selector. */
  selector: string;
  /** What is still under way: Pods of another template, or a number of Pods that is not the wanted one. */
  change: 'none' | 'rolling' | 'scaling';
  /** Why a rollout makes no progress. */
  stalled?: string;
  /** Why no Pods can be made, as the API server says. */
  refused?: string;
}

interface DeploymentFields {
  spec?: { replicas?: number; selector?: { matchLabels?: Record<string, string> } };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    readyReplicas?: number;
    updatedReplicas?: number;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

export function workloadOf(role: string, deployment: KubeObject): Workload {
  const { spec = {}, status = {} } = deployment as DeploymentFields;
  const conditionOf = (type: string) => status.conditions?.find((condition) => condition.type === type);
  const progressing = conditionOf('Progressing');
  const failure = conditionOf('ReplicaFailure');
  return {
    role,
    name: deployment.metadata.name,
    wanted: spec.replicas ?? 1,
    replicas: status.replicas ?? 0,
    ready: status.readyReplicas ?? 0,
    selector: Object.entries(spec.selector?.matchLabels ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join(','),
    change: changeOf(deployment),
    ...(progressing?.status === 'False' ? { stalled: progressing.message ?? 'no reason given' } : {}),
    ...(failure?.status === 'True' ? { refused: failure.message ?? 'no reason given' } : {}),
  };
}

function changeOf(deployment: KubeObject): Workload['change'] {
  const { spec = {}, status = {} } = deployment as DeploymentFields;
  const wanted = spec.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, observedGeneration = 0 } = status;
  const progressing = status.conditions?.find(({ type }) => type === 'Progressing');
  if (observedGeneration < (deployment.metadata.generation ?? 0)) return 'rolling';
  if (progressing !== undefined && progressing.reason !== 'NewReplicaSetAvailable' && wanted > 0) return 'rolling';
  if (updatedReplicas < Math.min(replicas, wanted)) return 'rolling';
  return replicas === wanted ? 'none' : 'scaling';
}
