import { LEGACY_REVISIONS } from '../../mcp/revisions.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import { NodeError } from '../node-error.ts';
import type { ServerHost } from '../servers/host.ts';
import { settlesWhilePatient } from '../servers/patience.ts';
import type { Caller } from '../sessions/caller.ts';

/**
 * A server of older revisions keeps state for the one client that it knows, so each client has a process of it
 * (`perSessionClient`). Requests of 2026-07-28 that nothing ties together would be lent each other's; where a target has such a
 * server, their client opens a session, or names a state (`X-MCPHub-State-Id`).
 */

/**
 * Whether these requests must be tied together by a session or a state. Known at once, unless a server has yet to say what it
 * speaks; one that does not in time counts as one of older revisions.
 */
export function mustBeTied(hub: Hub, caller: Caller): boolean | Promise<boolean> {
  const { modern, stateId } = caller;
  if (modern === undefined || modern.fromNode || stateId !== undefined) return false;
  let unsure: Promise<unknown>[] | undefined;
  for (const { hosted } of hub.view(caller).servers) {
    for (const { host } of variantsOf(hub, hosted)) {
      if (!host.needsState) continue;
      const learning = learnEra(hub, host);
      if (learning === undefined) return true;
      unsure ??= [];
      unsure.push(learning);
    }
  }
  if (unsure === undefined) return false;
  return Promise.all(unsure).then(() =>
    hub.view(caller).servers.some(({ hosted }) => variantsOf(hub, hosted).some(({ host }) => host.needsState)),
  );
}

/** Why a request is refused that is tied to nothing, as a revision is that is not served (2026-07-28, basic/versioning). */
export function untied(requested: string): NodeError {
  return new NodeError('MCPHUB_NEEDS_SESSION', {}, { supported: [...LEGACY_REVISIONS], requested });
}

/** Streams of requests that must be tied together by now end, so that their clients ask anew what is offered. */
export function endUntied(hub: Hub): void {
  for (const listener of [...hub.listeners]) if (mustBeTied(hub, listener.caller) === true) listener.end();
}

/** The server here, and on other nodes, which take over when it is down. */
function variantsOf({ hosts }: Hub, hosted: Hosted): Hosted[] {
  const elsewhere = hosted.elsewhere ? undefined : hosts.elsewhere.get(hosted.name);
  return elsewhere === undefined ? [hosted] : [hosted, elsewhere];
}

/** Asks a server that is there or comes what it speaks. @returns undefined when it is of no use to wait */
function learnEra({ timing }: Hub, host: ServerHost): Promise<unknown> | undefined {
  const { status } = host.report;
  if (host.eraKnown || (status !== 'connecting' && status !== 'connected')) return undefined;
  const learning = host.modern().catch(() => undefined);
  const left = () => host.patience.left(timing.serverDeadline);
  return left() > 0 ? settlesWhilePatient(learning, left) : undefined;
}
