import { ANNOTATIONS } from '../api/names.ts';
import type { HubView } from '../hub/view.ts';
import { PODS } from './kinds.ts';
import type { Member } from './member.ts';
import type { World } from './world.ts';

/** Revision of the settings that the Pods of each role should have. */
export type Revisions = Readonly<Record<string, string>>;

/** Milliseconds after which a member that still has older settings is asked again. */
export const ASK_AGAIN = 5_000;
const LONGEST_PAUSE = 60_000;

export interface Asked {
  /** Of the settings that the Pod should have. */
  revision: string;
  /** Value of the annotation; undefined before the first. */
  annotation: string | undefined;
  /** What the member says; undefined while it says nothing. */
  reported: string | undefined;
  /** Milliseconds since the annotation was set, as far as is known. */
  since: number;
}

/**
 * The value that the annotation should get now. Any change of a Pod makes the kubelet sync its mounted files; without
 * one it takes up to a minute or two.
 * @returns undefined while there is nothing to do
 */
export function nextAnnotation({ revision, annotation, reported, since }: Asked): string | undefined {
  const { base, count } = parse(annotation);
  if (base !== revision) return revision;
  if (reported === undefined || reported === revision) return undefined;
  return since >= pauseAfter(count) ? `${revision}.${count + 1}` : undefined;
}

function pauseAfter(count: number): number {
  return Math.min(LONGEST_PAUSE, ASK_AGAIN * 2 ** count);
}

function parse(annotation: string | undefined): { base: string | undefined; count: number } {
  const [, base, count] = /^(.*?)(?:\.(\d+))?$/.exec(annotation ?? '') ?? [];
  return { base, count: Number(count ?? 0) };
}

/** The revision that each member reports, by the name of its Pod. */
export function reportedRevisions(view: HubView | undefined): Map<string, string> {
  const found = new Map<string, string>();
  for (const { pod, revision } of view?.coordinators ?? []) if (revision !== undefined) found.set(pod, revision);
  for (const { id, revision } of view?.nodes ?? []) if (revision !== undefined) found.set(id, revision);
  return found;
}

/** Running members that do not report the settings of their role; a member that reports nothing is one. */
export function behind(members: readonly Member[], revisions: Revisions, view: HubView | undefined): Member[] {
  const reported = reportedRevisions(view);
  return members.filter(({ name, role, running }) => running && reported.get(name) !== revisions[role]);
}

/** Asks Pods to take new settings up, and remembers when. */
export interface SettingsAsker {
  /**
   * Annotates the Pods that need it.
   * @returns milliseconds until it should look again; undefined while all members that say something have their settings
   */
  ask(members: readonly Member[], revisions: Revisions, view: HubView | undefined): Promise<number | undefined>;
  /** Drops what is remembered of a Pod that is gone. */
  forget(uid: string): void;
}

export function createSettingsAsker(world: Pick<World, 'client' | 'clock'>): SettingsAsker {
  /** Clock time of the last annotation, by the uid of the Pod. */
  const asked = new Map<string, number>();

  async function askOne(member: Member, revision: string, reported: string | undefined): Promise<void> {
    const now = world.clock.monotonic();
    // After a restart of the operator nobody knows when a Pod was asked: it counts from now.
    const at = asked.get(member.uid) ?? now;
    asked.set(member.uid, at);
    const annotation = member.annotations[ANNOTATIONS.settingsRevision];
    const value = nextAnnotation({ revision, annotation, reported, since: now - at });
    if (value === undefined) return;
    asked.set(member.uid, now);
    const patch = { metadata: { uid: member.uid, annotations: { [ANNOTATIONS.settingsRevision]: value } } };
    await world.client.mergePatch(PODS, member.namespace, member.name, patch);
  }

  return {
    async ask(members, revisions, view) {
      const reported = reportedRevisions(view);
      let waiting = false;
      for (const member of members) {
        const revision = revisions[member.role];
        if (revision === undefined || !member.running || member.leaving) continue;
        const own = reported.get(member.name);
        await askOne(member, revision, own);
        waiting ||= own !== undefined && own !== revision;
      }
      return waiting ? ASK_AGAIN : undefined;
    },
    forget: (uid) => asked.delete(uid),
  };
}
