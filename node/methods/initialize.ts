import type { ClientCapabilities } from '../../cluster/inner-id.ts';
import { negotiate } from '../../mcp/revisions.ts';
import type { View } from '../catalog/view.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import { NodeError } from '../node-error.ts';
import type { Connection } from '../servers/connection.ts';
import { ServerUnavailableError } from '../servers/errors.ts';
import type { Caller } from '../sessions/caller.ts';
import type { ClientFacts, Session } from '../sessions/session.ts';
import { nameIn } from './identifiers.ts';

const MAX_INSTRUCTIONS = 20_000;

/**
 * What a client's `initialize` says of it.
 * @throws NodeError MCPHUB_PARAMS_INVALID
 */
export function readClient(params: Record<string, unknown> | undefined): ClientFacts {
  const { protocolVersion, capabilities, clientInfo } = params ?? {};
  const info = clientInfo as { name?: unknown; version?: unknown } | undefined;
  if (typeof protocolVersion !== 'string') throw invalid('protocolVersion must be a string such as "2025-11-25"');
  if (typeof capabilities !== 'object' || capabilities === null) throw invalid('capabilities must be an object');
  const version = info?.version ?? '';
  return {
    revision: negotiate(protocolVersion),
    info: {
      name: nameIn('initialize', info?.name, 'clientInfo.name'),
      version: typeof version === 'string' ? nameIn('initialize', version, 'clientInfo.version') : '',
    },
    capabilities: capabilities as ClientCapabilities,
  };
}

function invalid(reason: string): NodeError {
  return new NodeError('MCPHUB_PARAMS_INVALID', { method: 'initialize', reason });
}

/**
 * The result of `initialize` (specification 2025-11-25, basic/lifecycle). A route of one server answers with that
 * server's own facts, so it is an error when the server is down; the others answer with what is there.
 * @throws ServerUnavailableError
 */
export async function initialize(hub: Hub, session: Session, client: ClientFacts): Promise<Record<string, unknown>> {
  return { protocolVersion: client.revision, ...(await describe(hub, session)) };
}

/** What a target says of itself, in whatever revision. */
export interface Description {
  capabilities: Record<string, unknown>;
  serverInfo: { name: string; version: string };
  instructions?: string;
}

/**
 * Describes what a caller sees.
 * @throws ServerUnavailableError on the route of one server that is down and was never known
 */
export async function describe(hub: Hub, caller: Caller): Promise<Description> {
  const view = hub.view(caller);
  const [only] = view.servers;
  await Promise.all(view.servers.map(({ hosted }) => known(hub, caller, hosted, view.kind === 'server')));
  if (view.kind === 'server' && only !== undefined) return describeServer(hub, only.hosted);
  return {
    capabilities: union(hub, view),
    serverInfo: { name: view.kind === 'all' ? 'mcphub' : `mcphub_${view.target}_group`, version: hub.version },
    ...instructions(hub, view),
  };
}

function describeServer(hub: Hub, hosted: Hosted): Description {
  const { name, host } = hosted;
  const server = factsOf(hub, hosted);
  if (server === undefined) {
    throw new ServerUnavailableError(name, host.report.reason ?? `it is ${host.report.status}`);
  }
  return {
    capabilities: carried(server.capabilities),
    serverInfo: server.serverInfo,
    ...(server.instructions === undefined ? {} : { instructions: server.instructions }),
  };
}

/** What the server said of itself here, else on another node. */
function factsOf({ hosts }: Hub, { name, host }: Hosted): Connection['server'] | undefined {
  return host.known ?? hosts.elsewhere.get(name)?.host.known;
}

/** Waits, as long as there is patience, until the server has said what it can do or has failed. */
async function known(hub: Hub, caller: Caller, hosted: Hosted, start: boolean): Promise<void> {
  const { host } = hosted;
  if (factsOf(hub, hosted) !== undefined || host.report.status === 'failed') return;
  if (host.report.status === 'idle' && !start) return;
  const patience = host.patience.left(hub.timing.serverDeadline);
  // Also one that starts already: a client waits for it now.
  if (start) hub.prepare(caller, hosted);
  if (patience <= 0) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      host.off('status', check);
      resolve();
    };
    const check = () => {
      if (host.known !== undefined || host.report.status === 'failed') done();
    };
    const timer = setTimeout(done, patience);
    host.on('status', check);
  });
}

/** Of a server's capabilities those that the hub carries; lists can change at any time, since servers come and go. */
function carried(capabilities: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name of ['tools', 'prompts', 'resources'] as const) {
    const capability = capabilities[name];
    if (capability !== undefined) result[name] = { ...(capability as object), listChanged: true };
  }
  for (const name of ['completions', 'experimental', 'extensions'] as const) {
    if (capabilities[name] !== undefined) result[name] = capabilities[name];
  }
  // The hub itself has something to say when a session is re-created.
  return { ...result, logging: capabilities.logging ?? {} };
}

function union(hub: Hub, view: View): Record<string, unknown> {
  const all = view.servers.map(({ hosted }) => factsOf(hub, hosted)?.capabilities ?? {});
  const subscribe = all.some(({ resources }) => (resources as { subscribe?: boolean } | undefined)?.subscribe === true);
  return {
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { listChanged: true, ...(subscribe ? { subscribe } : {}) },
    ...(all.some(({ completions }) => completions !== undefined) ? { completions: {} } : {}),
    logging: {},
  };
}

function instructions(hub: Hub, view: View): { instructions?: string } {
  const parts = view.servers.flatMap(({ hosted }) => {
    const text = factsOf(hub, hosted)?.instructions;
    return text === undefined || text === '' ? [] : [`# ${hosted.name}\n\n${text}`];
  });
  return parts.length === 0 ? {} : { instructions: parts.join('\n\n').slice(0, MAX_INSTRUCTIONS) };
}
