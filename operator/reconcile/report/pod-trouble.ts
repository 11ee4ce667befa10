import type { KubeObject } from '../../kube/contract.ts';

/** Milliseconds after which a Pod that is not ready, without any other reason, is one to look at. */
export const LONG = 60_000;

interface ContainerStatus {
  name: string;
  image?: string;
  ready?: boolean;
  state?: { waiting?: { reason?: string; message?: string } };
  lastState?: { terminated?: { reason?: string; exitCode?: number } };
}

interface PodStatus {
  phase?: string;
  reason?: string;
  message?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
}

/** Whether the Pod serves. */
export function isReady(pod: KubeObject): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}

/**
 * Why a Pod is not ready, and what to do.
 * @param now epoch milliseconds
 * @returns undefined for one that is ready, that is going, or that may just need a moment
 */
export function podTrouble(pod: KubeObject, now: number): string | undefined {
  if (isReady(pod) || pod.metadata.deletionTimestamp !== undefined) return undefined;
  const status = (pod.status ?? {}) as PodStatus;
  const why = failedPhase(status) ?? unschedulable(pod) ?? containersOf(status).map(containerTrouble).find(Boolean);
  if (why !== undefined) return `Pod ${pod.metadata.name} ${why}`;
  const age = now - Date.parse(pod.metadata.creationTimestamp ?? '');
  return age > LONG ? `Pod ${pod.metadata.name} is not ready: look at \`kubectl describe pod\` and its log` : undefined;
}

function failedPhase({ phase, reason, message }: PodStatus): string | undefined {
  if (phase !== 'Failed') return undefined;
  return `has failed (${[reason, message].filter(Boolean).join(': ') || 'no reason given'})`;
}

function unschedulable(pod: KubeObject): string | undefined {
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  const advice = 'add Kubernetes nodes, or lower resources and scheduling rules';
  return `cannot be scheduled (${scheduled.reason ?? 'Unschedulable'}): ${scheduled.message ?? 'no reason given'}; ${advice}`;
}

function containersOf({ initContainerStatuses = [], containerStatuses = [] }: PodStatus): ContainerStatus[] {
  return [...initContainerStatuses, ...containerStatuses];
}

function containerTrouble({ name, image, state, lastState }: ContainerStatus): string | undefined {
  const waiting = state?.waiting;
  const ended = lastState?.terminated;
  if (ended?.reason === 'OOMKilled') {
    return `was out of memory (OOMKilled, container ${name}): raise its resources.limits.memory`;
  }
  switch (waiting?.reason) {
    case 'ImagePullBackOff':
    case 'ErrImagePull':
    case 'InvalidImageName':
    case 'ErrImageNeverPull':
      return `cannot pull the image ${image ?? ''} (${waiting.reason}, container ${name}): correct the image, or add spec.image.pullSecrets`;
    case 'CrashLoopBackOff':
      return `crashes (CrashLoopBackOff, container ${name}, exit code ${ended?.exitCode ?? 'unknown'}): look at \`kubectl logs --previous\``;
    case 'CreateContainerConfigError':
    case 'CreateContainerError':
    case 'RunContainerError':
      return `cannot start (${waiting.reason}, container ${name}): ${waiting.message ?? 'no reason given'}`;
    default:
      return undefined;
  }
}

function conditionOf(pod: KubeObject, type: string) {
  return ((pod.status ?? {}) as PodStatus).conditions?.find((condition) => condition.type === type);
}
