import type { JsonRpcNotification } from '../mcp/jsonrpc.ts';
import { RESOURCE_UPDATED } from '../mcp/notifications.ts';
import type { Announcer } from './catalog/announcer.ts';
import { changedLists, LISTS, type ListKind } from './catalog/lists.ts';
import type { Hosted } from './hosts.ts';
import type { Hub } from './hub.ts';
import { restoreLevel } from './methods/logging.ts';
import { endUntied } from './modern/tied.ts';
import type { Owner } from './servers/connection.ts';
import { isSameState, type StateOwner } from './servers/state-owner.ts';
import { Call } from './sessions/call.ts';
import type { Caller } from './sessions/caller.ts';
import { resourceUpdated, resubscribe, resubscribeState } from './subscriptions.ts';

/**
 * Brings what a shared server says by itself to the sessions that it concerns, and only to those: a log line that
 * was written while calls of several sessions ran may tell of any of them, so none of them is given it.
 */
export function followSharedServers(hub: Hub, announcer: Announcer): void {
  followLanes(hub, announcer);
  hub.hosts.on(
    'status',
    hub.boundary('status of a server', () => endUntied(hub)),
  );
  const hear = (hosted: Hosted, notification: JsonRpcNotification, owners: Owner[]) => {
    const kinds = changedLists(notification.method);
    if (kinds.length > 0) {
      hosted.catalog.invalidate(kinds);
      announcer.changed(hosted, kinds);
    } else if (notification.method === RESOURCE_UPDATED) {
      resourceUpdated(hub, hosted, notification, owners);
    } else if (notification.method === 'notifications/message') {
      logMessage(hub, hosted, notification, owners);
    } else {
      hub.log.debug(
        { server: hosted.name, method: notification.method },
        'Notification of a shared server has no addressee',
      );
    }
  };
  // The process that was tried out; sessions with one of their own may have been shown nothing while they could not have it.
  const listed = (hosted: Hosted, kind: ListKind) => {
    if (hosted.host.own) announcer.changed(hosted, [kind]);
  };
  const resume = (hosted: Hosted) => {
    restore(hub, hosted).catch((error: unknown) => {
      hub.log.warn({ server: hosted.name, err: error }, 'State of sessions not restored at a reconnected server');
    });
    refresh(hosted, announcer);
  };
  hub.hosts.on('notification', hub.boundary('notification of a server', hear));
  hub.hosts.on('listed', hub.boundary('list of a server', listed));
  hub.hosts.on('connected', hub.boundary('start of a server', resume));
}

function logMessage(hub: Hub, hosted: Hosted, notification: JsonRpcNotification, owners: readonly Owner[]): void {
  const calls = owners.filter((owner) => owner instanceof Call);
  const concerned = new Set(calls.map(({ caller }) => caller));
  if (concerned.size > 1) {
    hub.log.debug(
      { server: hosted.name, message: notification.params },
      'Log message of a shared server not attributable',
    );
    return;
  }
  const [caller] = concerned;
  if (caller !== undefined) return deliver(caller, notification, calls.length === 1 ? calls[0] : undefined);
  for (const each of hub.sessions.all()) {
    if (each.client !== undefined && hub.view(each).servers.some((server) => server.hosted === hosted))
      deliver(each, notification);
  }
}

function deliver(caller: Caller, notification: JsonRpcNotification, call?: Call): void {
  if (caller.wantsLog(notification.params?.level)) caller.notify(notification, call);
}

/** What a process says of which only one state is kept, or none, is for those who listen with that state, or with none. */
function followLanes(hub: Hub, announcer: Announcer): void {
  hub.lanes.onStarted = (hosted, owner, connection) => resubscribeState(hub, owner, hosted, connection);
  hub.lanes.onNotification = (hosted, owner, notification) => {
    if (owner?.stateId === undefined) {
      hosted.catalog.invalidate(changedLists(notification.method));
      return announcer.changed(hosted, changedLists(notification.method));
    }
    for (const listener of hub.listeners) {
      const { caller } = listener;
      if (!isSameState(caller, owner)) continue;
      if (hub.view(caller).servers.some((server) => server.hosted === hosted)) listener.notify(notification);
    }
  };
}

/** Whether a stream of `subscriptions/listen` is open that hears what the process of a state says. */
export function isHeard({ listeners }: Hub, owner: StateOwner): boolean {
  for (const { caller } of listeners) if (isSameState(caller, owner)) return true;
  return false;
}

/** Log level and subscriptions belong to a connection; a new one does not know them. */
async function restore(hub: Hub, hosted: Hosted): Promise<void> {
  await restoreLevel(hub, hosted);
  await resubscribe(hub, hosted);
}

/** Fetches again what was known, and tells sessions only if it is different now. */
function refresh(hosted: Hosted, announcer: Announcer): void {
  for (const kind of Object.keys(LISTS) as ListKind[]) {
    const before = hosted.catalog.peek(kind);
    hosted.catalog.get(kind).then(
      (items) => {
        if (items !== before) announcer.changed(hosted, [kind]);
      },
      // The connection was lost again; the next one fetches.
      () => undefined,
    );
  }
}
