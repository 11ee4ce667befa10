import { condition, type NewCondition, setCondition } from '../api/conditions.ts';
import { DEFAULT_POOL, LABELS } from '../api/names.ts';
import type { Condition, McpHubClusterStatus, PoolStatus } from '../api/types.ts';
import type { Facts, ReportInput } from './report/facts.ts';
import { available, degraded, downServers, isOf, names, sentence, sum } from './report/health.ts';
import { progressing } from './report/progress.ts';
import { isUp, serverEntries } from './report/servers.ts';
import { publicUrl } from './report/url.ts';
import { configValid, verified } from './report/validity.ts';
import { type Workload, workloadOf } from './report/workload.ts';

/**
 * The status of a cluster: what users, `kubectl wait` and autoscalers see. The same input gives the same status, and a
 * condition keeps its `lastTransitionTime` while its status stays, so that nothing is written when nothing has changed.
 */
export function report(input: ReportInput): McpHubClusterStatus {
  const facts = factsOf(input);
  const { coordinator, pools, generation, servers } = facts;
  const nodes = pools.find(({ role }) => role === DEFAULT_POOL);
  const enabled = servers.filter(({ status }) => status !== 'disabled');
  const poolStatus = pools.map((pool) => statusOfPool(facts, pool));
  const url = publicUrl({
    cluster: input.cluster,
    service: input.service,
    hostIp: hostOfCoordinator(input),
    basePath: input.basePath,
    domain: input.domain,
  });
  return {
    observedGeneration: generation,
    conditions: conditions(facts),
    ...(url === undefined ? {} : { url }),
    coordinators: { replicas: coordinator?.replicas ?? 0, ready: coordinator?.ready ?? 0 },
    nodes: {
      replicas: sum(pools.map(({ replicas }) => replicas)),
      ready: sum(pools.map(({ ready }) => ready)),
      active: facts.active.size,
    },
    summary: {
      nodes: `${facts.active.size}/${sum(pools.map(({ wanted }) => wanted))}`,
      servers: `${enabled.filter(isUp).length}/${enabled.length}`,
    },
    sessions: sum(poolStatus.map(({ sessions }) => sessions)),
    ...(nodes === undefined ? {} : { selector: nodes.selector, replicas: nodes.replicas }),
    pools: poolStatus,
    servers,
  };
}

function factsOf(input: ReportInput): Facts {
  const { cluster, view } = input;
  const workloads = input.deployments.map(({ role, object }) => workloadOf(role, object));
  const pods = new Set(input.pods.filter((pod) => isOf(pod, 'node')).map(({ metadata }) => metadata.name));
  const nodes = view?.nodes ?? [];
  const serving = nodes.filter(({ active, draining }) => active && !draining);
  return {
    input,
    generation: cluster.metadata.generation ?? 0,
    paused: cluster.spec.paused === true,
    coordinator: workloads.find(({ role }) => role === 'coordinator'),
    pools: workloads.filter(({ role }) => role !== 'coordinator').toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    active: new Set(serving.map(({ id }) => id).filter((id) => pods.has(id))),
    unobserved:
      view === undefined || (view.coordinators.length > 0 && view.coordinators.every(({ problem }) => problem)),
    servers: serverEntries(cluster.spec, nodes),
    previous: cluster.status?.conditions ?? [],
  };
}

/** In the order in which `kubectl describe` shows them: the sum first. */
function conditions(facts: Facts): Condition[] {
  const parts = {
    available: available(facts),
    progressing: progressing(facts),
    degraded: degraded(facts),
    valid: configValid(facts),
    verified: verified(facts),
  };
  const all = [ready(facts, parts.available, parts.valid), parts.available, parts.progressing, parts.degraded];
  const now = `${new Date(facts.input.now).toISOString().slice(0, 19)}Z`;
  return [...all, parts.valid, parts.verified].flatMap((next) =>
    next === undefined
      ? []
      : setCondition(
          facts.previous.filter(({ type }) => type === next.type),
          next,
          now,
        ),
  );
}

function ready(facts: Facts, { status, message }: NewCondition, valid: NewCondition | undefined): NewCondition {
  const { generation } = facts;
  if (facts.paused) return condition('Ready', 'Paused', 'spec.paused is true; set it to false to go on.', generation);
  const missing: string[] = [];
  if (valid?.status === 'False') missing.push(valid.message);
  if (status !== 'True') missing.push(message);
  const down = downServers(facts);
  if (status === 'True' && down.length > 0)
    missing.push(`servers are up nowhere: ${names(down)}; status.servers says why`);
  if (missing.length > 0) return condition('Ready', 'NotReady', missing.map(sentence).join(' '), generation);
  return condition('Ready', 'Ready', message, generation);
}

function statusOfPool({ input, active }: Facts, { role, replicas, ready: readyPods }: Workload): PoolStatus {
  const own = input.pods.filter(({ metadata }) => (metadata.labels?.[LABELS.pool] ?? DEFAULT_POOL) === role);
  const pods = new Set(own.filter((pod) => isOf(pod, 'node')).map(({ metadata }) => metadata.name));
  const nodes = input.view?.nodes.filter((node) => node.active && pods.has(node.id)) ?? [];
  return {
    name: role,
    replicas,
    ready: readyPods,
    active: [...pods].filter((name) => active.has(name)).length,
    sessions: sum(nodes.map(({ sessions }) => sessions)),
  };
}

function hostOfCoordinator({ pods }: ReportInput): string | undefined {
  const hosts = pods
    .filter((pod) => isOf(pod, 'coordinator'))
    .map((pod) => (pod.status as { hostIP?: string })?.hostIP);
  return hosts.find((host) => host !== undefined);
}
