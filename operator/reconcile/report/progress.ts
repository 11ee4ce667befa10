import { condition, type NewCondition } from '../../api/conditions.ts';
import type { Facts } from './facts.ts';
import { names, podTroubles, sentence } from './health.ts';
import { isReady, podTrouble } from './pod-trouble.ts';
import type { Workload } from './workload.ts';

/** Something is being brought to what is wanted. */
export function progressing(facts: Facts): NewCondition {
  const { generation, paused, coordinator, pools, input } = facts;
  const about = (reason: Parameters<typeof condition<'Progressing'>>[1], message: string) =>
    condition('Progressing', reason, sentence(message), generation);
  if (paused) return about('Paused', 'spec.paused is true; set it to false to go on');
  const workloads = [...(coordinator === undefined ? [] : [coordinator]), ...pools];
  const stalled = workloads.find((workload) => workload.stalled !== undefined);
  if (stalled !== undefined) return about('Stalled', stalledMessage(facts, stalled));
  const rolling = workloads.filter(({ change }) => change === 'rolling');
  if (rolling.length > 0) return about('RollingOut', `${deployments(rolling)}: Pods are being replaced or started`);
  const scaling = workloads.filter(({ change }) => change === 'scaling');
  if (scaling.length > 0) return about('Scaling', `${deployments(scaling)}: Pods are being added or removed`);
  const leaving = input.pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  if (leaving.length > 0) return about('Scaling', `Pods drain: ${names(leaving.map(({ metadata }) => metadata.name))}`);
  const starting = input.pods.filter((pod) => !isReady(pod) && podTrouble(pod, input.now) === undefined);
  if (starting.length > 0)
    return about('Scaling', `Pods start: ${names(starting.map(({ metadata }) => metadata.name))}`);
  if (coordinator === undefined && input.problems?.length === 0)
    return about('Reconciling', 'objects are being created');
  if (input.behind.length > 0) return about('Reconciling', `Pods take new settings up: ${names(input.behind)}`);
  return about('Complete', 'everything is as it was wanted');
}

function stalledMessage(facts: Facts, { name, stalled = '' }: Workload): string {
  const [trouble] = podTroubles(facts);
  return `Deployment ${name} makes no progress: ${trouble ?? stalled}`;
}

function deployments(workloads: readonly Workload[]): string {
  return workloads.map(({ name }) => `Deployment ${name}`).join(', ');
}
