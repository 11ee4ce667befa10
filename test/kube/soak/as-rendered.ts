import { isDeepStrictEqual } from 'node:util';
import type { McpHubCluster } from '../../../operator/api/types.ts';
import type { KubeObject } from '../../../operator/kube/contract.ts';
import { controllerOf } from '../../../operator/kube/ownership.ts';
import { stateOf } from '../../../operator/reconcile/credentials.ts';
import { RENDERED } from '../../../operator/reconcile/kinds.ts';
import { surplus } from '../../../operator/reconcile/prune.ts';
import { contentOf } from '../../../operator/reconcile/resolve.ts';
import { differences } from '../../../operator/render/drift.ts';
import { render } from '../../../operator/render/render.ts';
import { readObjects } from './objects.ts';
import { DEFAULTS, type Place, secretOf } from './place.ts';

/** All objects of a namespace that a cluster may have made, by kind and name. */
type Live = Map<string, KubeObject>;

/**
 * What is not as the specs say: objects that are missing, that differ, that nobody asked for, Pods that are not ready, and
 * statuses that tell of an earlier spec or of other Pods.
 */
export async function notAsRendered(place: Place): Promise<string[]> {
  const live = await readAll(place);
  const clusters = await Promise.all(place.names.map((name) => place.clusters.get(name)));
  const owners = new Set(clusters.map(({ metadata }) => metadata.uid));
  const orphans = [...live.values()].filter((object) => {
    const owner = controllerOf(object);
    return owner?.kind === 'McpHubCluster' && !owners.has(owner.uid);
  });
  return [
    ...clusters.flatMap((cluster) => [...problemsOf(cluster, live), ...staleness(cluster, live)]),
    ...[...live.values()]
      .filter((object) => !isRolledOut(object))
      .map(({ metadata }) => `${metadata.name} does not have its Pods`),
    ...orphans.map(({ kind, metadata }) => `${kind} ${metadata.name} belongs to a cluster that is gone`),
  ];
}

function problemsOf(cluster: McpHubCluster, live: Live): string[] {
  const { name } = cluster.metadata;
  const [secret, keys] = [`${name}-cluster`, secretOf(name)].map((found) => live.get(`Secret/${found}`));
  const state = secret === undefined ? undefined : stateOf(secret);
  if (state === undefined || keys === undefined) return [`${name} has no credentials, or nothing to refer to`];
  const { manifests, problems } = render({
    cluster,
    references: { secrets: { [secretOf(name)]: contentOf(keys) }, configMaps: {} },
    credentials: { tokens: state.tokens, secrets: state.secrets },
    defaults: DEFAULTS,
  });
  const owned = [...live.values()].filter((object) => controllerOf(object)?.uid === cluster.metadata.uid);
  const unwanted = surplus(owned, manifests, name);
  return [
    ...problems.map(({ path, message }) => `${name}: ${path}: ${message}`),
    ...manifests.flatMap((manifest) => {
      const what = `${manifest.kind}/${manifest.metadata.name}`;
      const paths = differences(live.get(what), manifest);
      return paths.length === 0 ? [] : [`${what}: ${paths.join(', ')}`];
    }),
    ...unwanted.map(({ kind, metadata }) => `${kind}/${metadata.name} is not wanted any more`),
  ];
}

function staleness({ metadata, status }: McpHubCluster, live: Live): string[] {
  const ready = (name: string) =>
    (live.get(`Deployment/${metadata.name}-${name}`) as Deployment)?.status?.readyReplicas;
  const valid = status?.conditions?.find(({ type }) => type === 'ConfigValid');
  const told = [status?.observedGeneration, valid?.status, status?.coordinators?.ready, status?.nodes?.ready];
  const right = [metadata.generation, 'True', ready('coordinator'), ready('node')];
  if (isDeepStrictEqual(told, right)) return [];
  return [`${metadata.name} tells ${told.join(' ')}, not ${right.join(' ')}: ${valid?.message}`];
}

interface Deployment extends KubeObject {
  spec: { replicas: number };
  status: { observedGeneration?: number; replicas?: number; readyReplicas?: number };
}

/** True for what has no Pods. */
function isRolledOut(object: KubeObject): boolean {
  if (object.kind !== 'Deployment') return true;
  const { metadata, spec, status } = object as Deployment;
  const { observedGeneration, replicas, readyReplicas } = status;
  return observedGeneration === metadata.generation && replicas === spec.replicas && readyReplicas === spec.replicas;
}

async function readAll(place: Place): Promise<Live> {
  const objects = await readObjects(place, RENDERED);
  return new Map(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
}
