import { isBoundTo } from '../../cluster/inner-id.ts';
import { decodeSessionNote, type SessionNote } from '../../cluster/session-note.ts';
import { ONLY_IF_HELD, SESSION_ID, SESSION_NOTE } from '../../mcp/headers.ts';
import type { Hub } from '../hub.ts';
import { NodeError } from '../node-error.ts';
import { accountOf } from '../sessions/account.ts';
import { mustReset } from '../sessions/must-reset.ts';
import { revive } from '../sessions/revive.ts';
import type { Session } from '../sessions/session.ts';
import type { HubRequest } from './carried.ts';

/** What the coordinator says of the session of a request; undefined when none of ours asks. */
export function noteOf(request: Pick<HubRequest, 'headers'>): SessionNote | undefined {
  return decodeSessionNote(request.headers[SESSION_NOTE]);
}

/** Whose a session is that a request opens, and whether its coordinator can have it re-created. */
export function ownerOf(headers: HubRequest['headers']): Pick<Session, 'principal' | 'account' | 'revivable'> {
  const note = noteOf({ headers });
  const principal = note?.principal ?? '';
  return { principal, account: accountOf(headers, principal), revivable: note !== undefined };
}

/** @throws NodeError MCPHUB_SESSION_MISSING */
export function sessionIdOf(request: HubRequest): string {
  const id = request.headers[SESSION_ID];
  if (typeof id !== 'string' || id === '') throw new NodeError('MCPHUB_SESSION_MISSING');
  return id;
}

/**
 * The session of a request: the one that is there, or one that is re-created because a coordinator has checked its id.
 * @throws NodeError MCPHUB_SESSION_NOT_FOUND; MCPHUB_DRAINING when another node should hold it, MCPHUB_NOT_HELD when one may
 */
export function findSession(
  hub: Hub,
  wanted: Pick<Session, 'id' | 'target' | 'transport'>,
  request: HubRequest,
  note = noteOf(request),
): Session | Promise<Session> {
  const session = hub.sessions.find(wanted.id, wanted.target);
  if (session !== undefined) {
    if (session.transport !== wanted.transport || !isOf(session, note)) throw new NodeError('MCPHUB_SESSION_NOT_FOUND');
    if (note !== undefined) hub.sessions.raiseEpoch(session, note.epoch);
    return session;
  }
  if (note === undefined || !isBoundTo(wanted.id, { target: wanted.target, principal: note.principal }))
    throw new NodeError('MCPHUB_SESSION_NOT_FOUND');
  if (hub.draining) throw new NodeError('MCPHUB_DRAINING');
  if (request.headers[ONLY_IF_HELD] !== undefined) throw new NodeError('MCPHUB_NOT_HELD');
  return revive(hub, wanted, note, accountOf(request.headers, note.principal));
}

/** Whether a request is on behalf of whom the session belongs to; one that no coordinator brings is on behalf of nobody. */
export function isOf({ principal }: Session, note: SessionNote | undefined): boolean {
  return principal === (note?.principal ?? '');
}

/**
 * Lets a session go to another node if this one is draining. It stays while a server waits for an answer of its client, which
 * must come here, and when it could not go on elsewhere.
 * @throws NodeError MCPHUB_DRAINING, with which the coordinator sends the request elsewhere
 */
export function letGo(hub: Hub, session: Session, note: SessionNote | undefined): void {
  if (!hub.draining || note?.movable !== true || session.asking || mustReset(hub, session.target)) return;
  hub.sessions.release(session);
  throw new NodeError('MCPHUB_DRAINING');
}
