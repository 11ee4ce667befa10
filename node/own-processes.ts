import { isPerSession } from '../settings/per-session.ts';
import type { Hub } from './hub.ts';
import type { ServerHost } from './servers/host.ts';

type Place = Pick<Hub, 'hosts' | 'sessions' | 'log'>;

/** Ends the processes that only this session used. */
export function endOwnProcesses({ hosts, log }: Place, sessionId: string): void {
  for (const { config, host } of hosts.all()) if (isPerSession(config)) end(host, sessionId, log);
}

/** Ends the processes of sessions that have left them idle for as long as their settings say. */
export function endIdleProcesses({ hosts, sessions, log }: Place): void {
  for (const { config, host } of hosts.all()) {
    if (!isPerSession(config) || config.idleTimeoutMs === undefined) continue;
    for (const session of sessions.unusedFor(config.idleTimeoutMs)) {
      if (session.calls.size === 0) end(host, session.id, log);
    }
  }
}

function end(host: ServerHost, sessionId: string, log: Hub['log']): void {
  host.releaseSession(sessionId).catch((error: unknown) => {
    log.warn({ server: host.name, err: error }, "A session's own process did not end cleanly");
  });
}
