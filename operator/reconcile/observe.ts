import { objectNames } from '../api/names.ts';
import type { HubView } from '../hub/view.ts';
import type { KubeObject } from '../kube/contract.ts';
import { basePathOf } from '../render/base-path.ts';
import { DEPLOYMENTS, SERVICES } from './kinds.ts';
import { COORDINATOR_ROLE, type Member, memberOf, podsOf, roleOf } from './member.ts';
import type { HandshakeFact } from './report/facts.ts';
import { behind, type Revisions, reportedRevisions } from './settings-revision.ts';
import type { Subject, World } from './world.ts';

/** What runs of a cluster. */
export interface Observed {
  deployments: { role: string; object: KubeObject }[];
  pods: KubeObject[];
  members: Member[];
  service: KubeObject | undefined;
  /** Undefined before the first look at the hub. */
  view: HubView | undefined;
  handshake: HandshakeFact | 'disabled' | undefined;
  /** Names of members that say that they have other settings than they should. */
  behind: string[];
  /** Every running member says that it has the settings that it should have. */
  inForce: boolean;
}

type Observing = Pick<World, 'pods' | 'children' | 'hub' | 'verify'>;

/**
 * What is there now: from the stores, and from the last look at the hub. It sees to it that the hub is looked at from now on;
 * whatever is seen brings the cluster back to the reconciler.
 * @param tokens of the cluster; without any the hub is not asked
 * @param revisions of the settings that members should have; undefined when that is not known
 */
export function observe(
  world: Observing,
  subject: Subject,
  tokens: readonly string[],
  revisions: Revisions | undefined,
): Observed {
  const { namespace, name } = subject;
  const pods = podsOf(world.pods, namespace, name);
  const members = pods.map(memberOf);
  const service = world.children(SERVICES)?.get(namespace, objectNames(name).public);
  const view = lookAtRegistry(world, subject, members, tokens);
  const late = revisions === undefined ? [] : behind(members, revisions, view);
  const reported = reportedRevisions(view);
  return {
    deployments: deploymentsOf(world, subject),
    pods,
    members,
    service,
    view,
    handshake: lookAtService(world, subject, { members, service, tokens, revisions }),
    behind: late.map((member) => member.name).filter((member) => reported.has(member)),
    inForce: revisions !== undefined && late.length === 0,
  };
}

/** Those that the cluster controls, by the role that its Pods have. */
function deploymentsOf({ children }: Observing, { uid }: Subject): Observed['deployments'] {
  return (children(DEPLOYMENTS)?.ownedBy(uid) ?? []).flatMap((object) => {
    const role = roleOf(object.metadata.labels);
    return role === undefined ? [] : [{ role, object }];
  });
}

const NOBODY: HubView = { coordinators: [], nodes: [] };

function lookAtRegistry(
  { hub }: Observing,
  { key, namespace, cluster }: Subject,
  members: readonly Member[],
  tokens: readonly string[],
): HubView | undefined {
  const coordinators = members
    .filter(({ role, running, leaving }) => role === COORDINATOR_ROLE && running && !leaving)
    .map(({ name, ip }) => ({ name, ip }));
  if (coordinators.length === 0 || tokens.length === 0) {
    hub.registry.forget(key);
    return NOBODY;
  }
  const basePath = basePathOf(cluster.spec);
  hub.registry.track(key, { namespace, basePath, coordinators, tokens: [...tokens] });
  return hub.registry.latest(key);
}

interface Served {
  members: readonly Member[];
  service: KubeObject | undefined;
  tokens: readonly string[];
  revisions: Revisions | undefined;
}

function lookAtService(
  { hub, verify }: Observing,
  { key, namespace, name, cluster }: Subject,
  { members, service: live, tokens, revisions }: Served,
): Observed['handshake'] {
  if (!verify) return 'disabled';
  const ready = members
    .filter((member) => member.role === COORDINATOR_ROLE && member.ready)
    .map((member) => member.name);
  const port = (live?.spec as { ports?: { port: number }[] } | undefined)?.ports?.[0]?.port;
  if (ready.length === 0 || port === undefined || tokens.length === 0) {
    hub.verification.forget(key);
    return undefined;
  }
  const { generation = 0 } = cluster.metadata;
  const state = JSON.stringify([generation, ready, revisions]);
  const basePath = basePathOf(cluster.spec);
  const service = objectNames(name).public;
  hub.verification.track(key, { namespace, basePath, service, port, tokens: [...tokens], generation, state });
  return hub.verification.latest(key);
}
