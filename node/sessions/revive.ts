import { readInnerId, sessionKey } from '../../cluster/inner-id.ts';
import type { SessionNote } from '../../cluster/session-note.ts';
import { notification } from '../../mcp/jsonrpc.ts';
import { transportOf } from '../../settings/transport.ts';
import { LISTS } from '../catalog/lists.ts';
import { requireTarget } from '../http/target.ts';
import type { Hub } from '../hub.ts';
import { NodeError } from '../node-error.ts';
import { makeRoom } from './limits.ts';
import { mustReset } from './must-reset.ts';
import type { Session } from './session.ts';

/**
 * Re-creates a session from its id: the node that held it is gone, or it was not used for long and memory was freed. The
 * coordinator has checked the id, which says the revision and the capabilities of the client; servers are opened lazily.
 * @param account whom the limits count; see `accountOf`
 * @throws NodeError MCPHUB_SESSION_NOT_FOUND when it is over or must not be re-created, MCPHUB_SESSION_LIMIT, MCPHUB_SHARE_LIMIT
 */
export async function revive(
  hub: Hub,
  wanted: Pick<Session, 'id' | 'target' | 'transport'>,
  note: SessionNote,
  account: string,
): Promise<Session> {
  const { id, target, transport } = wanted;
  const facts = readInnerId(id);
  if (facts === undefined || isOver(hub, id, facts.createdAt)) throw new NodeError('MCPHUB_SESSION_NOT_FOUND');
  await requireTarget(hub, target);
  // Another request of the session may have re-created it in the meantime.
  const present = hub.sessions.find(id, target);
  if (present !== undefined) return present;
  if (mustReset(hub, target)) throw new NodeError('MCPHUB_SESSION_NOT_FOUND');
  makeRoom(hub, account);
  const { createdAt, revision, capabilities } = facts;
  const { tag, epoch, principal } = note;
  const session = hub.sessions.open({
    id,
    target,
    transport,
    createdAt,
    tag,
    epoch,
    principal,
    account,
    revivable: true,
  });
  session.client = { revision, capabilities, info: { name: 'unknown', version: '' } };
  session.recreated = true;
  // The request that needs it goes on before that.
  setImmediate(() => {
    session.beginning = false;
  });
  announce(hub, session);
  hub.log.info({ target, epoch }, 'Session re-created from its id');
  return session;
}

function isOver({ sessions, settings }: Hub, id: string, createdAt: number): boolean {
  const { maxSessionAge } = settings.current.systemConfig.cluster.coordinator;
  return sessions.graves.has(sessionKey(id)) || Date.now() - createdAt > maxSessionAge;
}

/**
 * Tells the client at its next stream that lists may be others, and whose state is gone. Shared servers still have theirs
 * when the session was opened by this process, or held by it.
 */
function announce(hub: Hub, session: Session): void {
  const { servers } = hub.view(session);
  for (const method of new Set(Object.values(LISTS).map(({ changed }) => changed))) {
    session.announce(notification(method));
  }
  const isOurs = session.epoch === 0 && session.createdAt >= hub.startedAt;
  const lost = servers
    .map(({ hosted }) => hosted)
    .filter(({ host, config }) => host.own || (!isOurs && transportOf(config) === 'stdio'))
    .map(({ name }) => name);
  if (lost.length === 0) return;
  session.announce(
    notification('notifications/message', {
      level: 'warning',
      logger: 'mcphub',
      data: {
        code: 'MCPHUB_SESSION_RECREATED',
        message: `The session was re-created. What these servers kept in memory for it is gone: ${lost.join(', ')}`,
        servers: lost,
      },
    }),
  );
}
