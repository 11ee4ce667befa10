import { isBoundTo, readInnerId } from '../../cluster/inner-id.ts';
import { openSessionId, sealSessionId } from '../../cluster/session-id.ts';
import type { Principal } from '../edge/principals.ts';
import type { Affinities, Affinity } from './affinities.ts';

/** Session ids, between what clients hold and what nodes know. */
export interface SessionIds {
  /**
   * Checks a client's id.
   * @returns undefined for whatever was not issued to this principal for this target, without saying why
   */
  open(id: string, target: string, principal: Principal): Affinity | undefined;
  /** Makes the id that the client gets for a session that a node has opened. */
  seal(tag: string, inner: string, target: string, principal: Principal): Affinity;
}

/** Whether the node made it for them. One of an original node does not say for whom it is, nor does one of a version before. */
function isForThem(inner: string, target: string, { hash }: Principal): boolean {
  return readInnerId(inner) === undefined || isBoundTo(inner, { target, principal: hash });
}

/** Ids are checked once per coordinator: the table of sessions seen answers afterwards. */
export function createSessionIds(affinities: Affinities): SessionIds {
  return {
    open(id, target, principal) {
      const known = affinities.use(id);
      if (known !== undefined) return known.target === target && known.principal === principal.id ? known : undefined;
      const opened = openSessionId(id, { target, principal: principal.id }, principal.secrets);
      if (opened === undefined || !isForThem(opened.inner, target, principal)) return undefined;
      return affinities.add({ id, ...opened, target, principal: principal.id });
    },
    seal(tag, inner, target, principal) {
      const id = sealSessionId({ tag, inner }, { target, principal: principal.id }, principal.secrets);
      return affinities.add({ id, inner, tag, target, principal: principal.id });
    },
  };
}
