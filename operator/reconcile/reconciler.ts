import type { McpHubClusterStatus } from '../api/types.ts';
import type { Reconcile, ReconcileResult } from '../kube/contract.ts';
import { basePathOf } from '../render/base-path.ts';
import { createApplier } from './apply.ts';
import { advanceRotation, knownTokens } from './credentials.ts';
import { createCostWriter } from './deletion-cost.ts';
import { removeLeftovers } from './leftovers.ts';
import { type Observed, observe } from './observe.ts';
import { isReady, planOf, type ReadyPlan } from './plan.ts';
import { prune } from './prune.ts';
import type { ReportInput } from './report/facts.ts';
import { report } from './report.ts';
import { createResolver } from './resolve.ts';
import { createSettingsAsker } from './settings-revision.ts';
import { createStatusWriter } from './status.ts';
import { subjectOf } from './subject.ts';
import type { Subject, World } from './world.ts';

/** Milliseconds until what only time decides is looked at again, such as a Pod that takes long. */
const LOOK_AGAIN = 20_000;
/** Milliseconds until what was refused, or is not served, is tried again. */
const TRY_AGAIN = 60_000;
/** Milliseconds after which the hub is looked at again when it should be about to change. */
const SOON = 1_000;

/**
 * Brings a McpHubCluster to what its spec says, and says in its status how far that is. Each pass does all of it from what is
 * there, whatever brought it about, and writes only what differs.
 */
export function createReconciler(world: World): Reconcile {
  const resolver = createResolver(world);
  const applier = createApplier(world);
  const asker = createSettingsAsker(world);
  const costs = createCostWriter(world);
  const statuses = createStatusWriter(world);
  world.pods.onChange(({ object, previous }) => {
    if (object === undefined && previous?.metadata.uid !== undefined) {
      for (const step of [asker, costs]) step.forget(previous.metadata.uid);
    }
  });

  /** What is left to do of a cluster that is gone, or that garbage collection is about to take. */
  function rest(key: string): ReconcileResult {
    for (const step of [resolver, applier, statuses, world.hub]) step.forget(key);
    return {};
  }

  async function tell(
    subject: Subject,
    seen: Observed,
    found: Pick<ReportInput, 'problems' | 'warnings' | 'troubles'>,
  ) {
    const { cluster } = subject;
    // After a start nothing is known of hubs for a moment, and what was known before is better than that.
    if (seen.view === undefined && cluster.status?.conditions !== undefined) return undefined;
    const { clusterDomain: domain } = world.defaults;
    const basePath = basePathOf(cluster.spec);
    const status = report({ ...seen, ...found, cluster, basePath, domain, now: world.clock.now() });
    const underWay = isUnderWay(status);
    if (underWay) world.hub.registry.soon(subject.key, SOON);
    return earliest(await statuses.write(subject, status), underWay ? LOOK_AGAIN : undefined);
  }

  /** Nothing at all is changed. */
  async function pause(subject: Subject) {
    const seen = observe(world, subject, knownTokens(world, subject), undefined);
    return after(await tell(subject, seen, { problems: undefined, troubles: [] }));
  }

  /** Nothing is applied: the last good state goes on running, and an autoscaler may make it smaller. */
  async function hold(subject: Subject, problems: ReportInput['problems']) {
    const seen = observe(world, subject, knownTokens(world, subject), undefined);
    const waiting = await costs.write(seen.members, seen.view);
    return after(waiting, await tell(subject, seen, { problems, troubles: [] }));
  }

  async function carryOut(subject: Subject, { manifests, revisions, credentials, warnings }: ReadyPlan) {
    const { tokens } = credentials.state;
    const applied = await applier.apply(subject, manifests, async () => {
      const { members } = observe(world, subject, tokens, revisions);
      await costs.write(members, await world.hub.registry.refresh(subject.key), true);
    });
    const troubles = [...applied.troubles, ...(await prune(world, subject, manifests))];
    const seen = observe(world, subject, tokens, revisions);
    const asked = await asker.ask(seen.members, revisions, seen.view);
    if (asked !== undefined || applied.wrote) world.hub.registry.soon(subject.key, SOON);
    const waiting = await costs.write(seen.members, seen.view);
    const rotated = await advanceRotation(world, subject, credentials, seen.inForce && !applied.wrote);
    const told = await tell(subject, seen, { problems: [], warnings, troubles });
    return after(applied.again, asked, waiting, rotated, told, troubles.length > 0 ? TRY_AGAIN : undefined);
  }

  return async (key) => {
    const found = subjectOf(world.clusters, key);
    if (found === undefined || found.cluster.metadata.deletionTimestamp !== undefined) return rest(key);
    const subject = { ...found, cluster: statuses.current(key, found.cluster) };
    if (subject.cluster.spec.paused) return pause(subject);
    const left = await removeLeftovers(world, subject);
    const plan = await planOf(world, resolver, subject);
    const { requeueAfter } = await (isReady(plan) ? carryOut(subject, plan) : hold(subject, plan.problems));
    return after(left, requeueAfter);
  };
}

/** Whether something may turn out to take too long. */
function isUnderWay({ conditions = [], nodes }: McpHubClusterStatus): boolean {
  const progressing = conditions.some(({ type, status }) => type === 'Progressing' && status === 'True');
  return progressing || (nodes !== undefined && nodes.ready > nodes.active);
}

function after(...waits: (number | undefined)[]): ReconcileResult {
  const requeueAfter = earliest(...waits);
  return requeueAfter === undefined ? {} : { requeueAfter };
}

function earliest(...waits: (number | undefined)[]): number | undefined {
  const given = waits.filter((wait) => wait !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}
