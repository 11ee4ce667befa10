import type { McpHubCluster } from '../../../operator/api/types.ts';
import type { KubeObject, Resource } from '../../../operator/kube/contract.ts';
import { controllerOf } from '../../../operator/kube/ownership.ts';
import { stateOf } from '../../../operator/reconcile/credentials.ts';
import { RENDERED } from '../../../operator/reconcile/kinds.ts';
import { surplus } from '../../../operator/reconcile/prune.ts';
import { contentOf } from '../../../operator/reconcile/resolve.ts';
import { differences } from '../../../operator/render/drift.ts';
import { render } from '../../../operator/render/render.ts';
import { DEFAULTS, type Place, secretOf } from './place.ts';

/** All objects of a namespace that a cluster may have made, by kind and name. */
type Live = Map<string, KubeObject>;

/**
 * What is not as the specs say: objects that are missing, that differ, that nobody asked for, and conditions that tell of an
 * earlier spec.
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
    ...clusters.flatMap((cluster) => [...problemsOf(cluster, live), ...staleness(cluster)]),
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

function staleness({ metadata, status }: McpHubCluster): string[] {
  const found = status?.conditions?.find(({ type }) => type === 'ConfigValid');
  if (found?.status === 'True' && status?.observedGeneration === metadata.generation) return [];
  return [`${metadata.name} has generation ${metadata.generation} and ${JSON.stringify(found)}`];
}

async function readAll({ plane, namespace }: Place): Promise<Live> {
  const lists = await Promise.all(
    RENDERED.map(async (resource) => {
      const { items } = (await plane.api.ok('GET', collection(resource, namespace))) as { items: KubeObject[] };
      return items.map((item): [string, KubeObject] => [
        `${resource.kind}/${item.metadata.name}`,
        // Items of a list have neither.
        { ...item, kind: resource.kind, apiVersion: apiVersionOf(resource) },
      ]);
    }),
  );
  return new Map(lists.flat());
}

function collection({ group, version, plural }: Resource, namespace: string): string {
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${base}/namespaces/${namespace}/${plural}`;
}

function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}
