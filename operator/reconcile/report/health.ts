import { condition, type NewCondition } from '../../api/conditions.ts';
import { LABELS } from '../../api/names.ts';
import type { KubeObject } from '../../kube/contract.ts';
import type { Facts } from './facts.ts';
import { isReady, LONG, podTrouble } from './pod-trouble.ts';
import { isUp } from './servers.ts';

type DegradedReason = Parameters<typeof condition<'Degraded'>>[1];

/** How many names a message lists. */
const MOST_NAMES = 5;

/** At least one coordinator and one active node serve. */
export function available(facts: Facts): NewCondition {
  const { coordinator, pools, active, generation } = facts;
  const wanted = sum(pools.map((pool) => pool.wanted));
  if ((coordinator?.ready ?? 0) === 0) {
    const why = podTroubles(facts, 'coordinator')[0] ?? 'no coordinator is ready yet';
    return condition('Available', 'NoCoordinator', sentence(why), generation);
  }
  if (facts.unobserved) return condition('Available', 'Unobserved', unobservedMessage(facts), generation);
  if (active.size > 0) {
    const message = `${coordinator?.ready ?? 0} coordinators and ${active.size} nodes serve.`;
    return condition('Available', 'Serving', message, generation);
  }
  if (wanted === 0 && pools.length > 0) {
    const scale = `raise spec.nodes.replicas: kubectl scale mhc ${facts.input.cluster.metadata.name} --replicas 2`;
    return condition('Available', 'ScaledToZero', sentence(`no node is wanted; ${scale}`), generation);
  }
  const why = podTroubles(facts, 'node')[0] ?? 'no node has joined yet';
  return condition('Available', 'NoNode', sentence(why), generation);
}

/** It works, but not as well as it should. The first finding gives the reason, the message has all. */
export function degraded(facts: Facts): NewCondition {
  const found = findings(facts);
  const [first] = found;
  if (first === undefined) return condition('Degraded', 'Healthy', 'Nothing is wrong.', facts.generation);
  const message = found.map((finding) => sentence(finding.message)).join(' ');
  return condition('Degraded', first.reason, message.slice(0, 8_000), facts.generation);
}

function findings(facts: Facts): { reason: DegradedReason; message: string }[] {
  const { input } = facts;
  const workloads = [...(facts.coordinator === undefined ? [] : [facts.coordinator]), ...facts.pools];
  const refused = workloads.flatMap(({ name, refused: why }) =>
    why === undefined ? [] : { reason: 'Refused' as const, message: `Deployment ${name} cannot make Pods: ${why}` },
  );
  const pods = podTroubles(facts).map((message) => ({ reason: 'PodsUnavailable' as const, message }));
  return [
    ...input.troubles,
    ...refused,
    ...pods.slice(0, MOST_NAMES),
    ...notJoined(facts),
    ...failedServers(facts),
    ...(facts.unobserved ? [{ reason: 'Unobserved' as const, message: unobservedMessage(facts) }] : []),
  ];
}

/** Why Pods are not ready, each in a sentence. */
export function podTroubles({ input }: Facts, component?: 'coordinator' | 'node'): string[] {
  const wanted = input.pods.filter((pod) => component === undefined || isOf(pod, component));
  return wanted.flatMap((pod) => podTrouble(pod, input.now) ?? []);
}

function notJoined({ input, active, unobserved }: Facts): { reason: 'NodesNotJoined'; message: string }[] {
  if (unobserved || input.view === undefined) return [];
  const known = new Set(input.view.nodes.filter((node) => node.active).map(({ id }) => id));
  const absent = input.pods
    .filter((pod) => isOf(pod, 'node') && pod.metadata.deletionTimestamp === undefined)
    .filter((pod) => isReady(pod) && input.now - readySince(pod) > LONG)
    .map(({ metadata }) => metadata.name)
    .filter((name) => !active.has(name) && !known.has(name));
  if (absent.length === 0) return [];
  const message = `the coordinators do not know the nodes ${names(absent)}: look at their log, and whether a NetworkPolicy keeps them apart`;
  return [{ reason: 'NodesNotJoined', message }];
}

function failedServers({ servers, unobserved, active }: Facts): { reason: 'ServersFailed'; message: string }[] {
  if (unobserved || active.size === 0) return [];
  const failed = servers.filter((server) => server.status === 'failed');
  if (failed.length === 0) return [];
  const [{ name, reason = 'no reason given' } = { name: '' }] = failed;
  const message = `servers are not connected: ${names(failed.map((server) => server.name))}; ${name}: ${reason}`;
  return [{ reason: 'ServersFailed', message }];
}

/** The enabled servers that are up nowhere. */
export function downServers({ servers }: Facts): string[] {
  return servers.filter((server) => server.status !== 'disabled' && !isUp(server)).map(({ name }) => name);
}

function unobservedMessage({ input }: Facts): string {
  const problems = input.view?.coordinators.flatMap(({ problem }) => problem ?? []) ?? [];
  return `no coordinator could be asked${problems[0] === undefined ? ' yet' : `: ${problems[0]}`}.`;
}

function readySince(pod: KubeObject): number {
  const { conditions = [] } = (pod.status ?? {}) as { conditions?: { type: string; lastTransitionTime?: string }[] };
  const since = conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  return since === undefined ? Number.POSITIVE_INFINITY : Date.parse(since);
}

export function isOf(pod: KubeObject, component: 'coordinator' | 'node'): boolean {
  return pod.metadata.labels?.[LABELS.component] === component;
}

export function names(all: readonly string[]): string {
  const rest = all.length - MOST_NAMES;
  return all.slice(0, MOST_NAMES).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** A text that ends with a full stop and begins with a capital letter. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  return `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}${/[.!?]$/.test(trimmed) ? '' : '.'}`;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
