import { ANNOTATIONS } from '../api/names.ts';
import type { HubView } from '../hub/view.ts';
import { PODS } from './kinds.ts';
import { COORDINATOR_ROLE, type Member } from './member.ts';
import type { World } from './world.ts';

/** Least milliseconds between two changes of one Pod, unless a scale-down is about to use them. */
const PAUSE = 10_000;

export interface CostChange {
  member: Member;
  /** Sessions on the node: of all Pods that could go, the one with the fewest does. */
  cost: number;
}

/** The Pods of nodes whose annotation says another number of sessions than the node; those that are not heard of are left alone. */
export function costChanges(members: readonly Member[], view: HubView): CostChange[] {
  const sessions = new Map(view.nodes.filter(({ active }) => active).map((node) => [node.id, node.sessions]));
  return members.flatMap((member) => {
    const cost = sessions.get(member.name);
    if (member.role === COORDINATOR_ROLE || member.leaving || cost === undefined) return [];
    return cost === costOf(member) ? [] : [{ member, cost }];
  });
}

/** Without the annotation Kubernetes takes 0. */
function costOf({ annotations }: Member): number {
  return Number(annotations[ANNOTATIONS.deletionCost] ?? 0);
}

/** Keeps `controller.kubernetes.io/pod-deletion-cost` at the number of sessions, so that scaling down takes the emptiest node. */
export interface CostWriter {
  /**
   * @param now true writes all at once, as before a scale-down
   * @returns milliseconds until the ones that had to wait may be written; undefined when none waits
   */
  write(members: readonly Member[], view: HubView | undefined, now?: boolean): Promise<number | undefined>;
  /** Drops what is remembered of a Pod that is gone. */
  forget(uid: string): void;
}

export function createCostWriter(world: Pick<World, 'client' | 'clock'>): CostWriter {
  /** Clock time of the last change, by the uid of the Pod. */
  const written = new Map<string, number>();

  return {
    async write(members, view, now = false) {
      if (view === undefined) return undefined;
      let wait: number | undefined;
      for (const { member, cost } of costChanges(members, view)) {
        const at = world.clock.monotonic();
        const left = (written.get(member.uid) ?? Number.NEGATIVE_INFINITY) + PAUSE - at;
        if (!now && left > 0) {
          wait = Math.min(wait ?? left, left);
          continue;
        }
        written.set(member.uid, at);
        const patch = { metadata: { uid: member.uid, annotations: { [ANNOTATIONS.deletionCost]: String(cost) } } };
        await world.client.mergePatch(PODS, member.namespace, member.name, patch);
      }
      return wait;
    },
    forget: (uid) => written.delete(uid),
  };
}
