import { isLogLevel, LOG_LEVELS, type LogLevel } from '../../mcp/methods.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import { NodeError } from '../node-error.ts';
import type { Connection, Outcome } from '../servers/connection.ts';
import { Patience } from '../servers/patience.ts';
import { settlesWithin } from '../servers/within.ts';
import type { Call } from '../sessions/call.ts';
import { DEFAULT_LOG_LEVEL } from '../sessions/session.ts';

/**
 * `logging/setLevel` (specification: server/utilities/logging). A process of the session's own gets the level as it
 * is; a shared one the most talkative of all its sessions, and each session is given what it asked for.
 */
export async function setLevel(hub: Hub, call: Call): Promise<Outcome> {
  const level = call.params?.level;
  if (!isLogLevel(level)) {
    throw new NodeError('MCPHUB_PARAMS_INVALID', {
      method: call.method,
      reason: `level must be one of ${LOG_LEVELS.join(', ')}`,
    });
  }
  call.session.logLevel = level;
  const servers = hub.view(call.session).servers.map(({ hosted }) => hosted);
  await Promise.all(
    servers.map(async ({ host }) => {
      const connection = host.current(host.own ? hub.peer(call.session) : undefined);
      if (connection !== undefined) await tell(connection, host.own ? level : sharedLevel(hub), hub);
    }),
  );
  return { result: {} };
}

/** Sets a new shared connection to the level that sessions asked for, if any did. */
export async function restoreLevel(hub: Hub, { host }: Hosted): Promise<void> {
  const level = sharedLevel(hub);
  const connection = host.current();
  if (connection !== undefined) await tell(connection, level, hub);
}

/** Sets a session's own new connection to the session's level. */
export async function applyLevel(hub: Hub, connection: Connection, level: LogLevel | undefined): Promise<void> {
  await tell(connection, level, hub);
}

/** Undefined while no session asked for a level; once one did, the others are not muted below the default. */
function sharedLevel(hub: Hub): LogLevel | undefined {
  let asked = false;
  let lowest: number = LOG_LEVELS.length;
  for (const { logLevel } of hub.sessions.all()) {
    asked ||= logLevel !== undefined;
    lowest = Math.min(lowest, LOG_LEVELS.indexOf(logLevel ?? DEFAULT_LOG_LEVEL));
  }
  return asked ? LOG_LEVELS[lowest] : undefined;
}

/** How long clients wait until a server says that it has the level. */
const answering = new WeakMap<Connection, Patience>();

/** A server that does not answer must not keep clients waiting. */
async function tell(connection: Connection, level: LogLevel | undefined, { timing }: Hub): Promise<void> {
  // A server of 2026-07-28 is told with each request.
  if (level === undefined || connection.era === 'modern' || connection.server.capabilities.logging === undefined)
    return;
  const patience = answering.get(connection) ?? new Patience();
  answering.set(connection, patience);
  const wait = patience.left(timing.serverDeadline);
  patience.begin();
  const told = connection.request('logging/setLevel', { level }, { timeout: timing.serverDeadline }).then((outcome) => {
    if ('result' in outcome) patience.worked();
    else patience.failed();
  });
  if (wait > 0) await settlesWithin(told, wait);
}
