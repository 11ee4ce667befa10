import {
  type JsonRpcNotification,
  type JsonRpcRequest,
  notification,
  type RequestId,
  result,
} from '../../mcp/jsonrpc.ts';
import { META, metaOf } from '../../mcp/modern.ts';
import { RESOURCE_UPDATED } from '../../mcp/notifications.ts';
import { FIRST_MODERN_REVISION } from '../../mcp/revisions.ts';
import { LISTS } from '../catalog/lists.ts';
import { CONFIG } from '../config.ts';
import type { HubResponse } from '../http/carried.ts';
import { EventStream } from '../http/event-stream.ts';
import { refuse } from '../http/http-errors.ts';
import type { Hub } from '../hub.ts';
import { uriIn } from '../methods/identifiers.ts';
import { describe } from '../methods/initialize.ts';
import { NodeError } from '../node-error.ts';
import { checkListeners } from '../sessions/limits.ts';
import type { ModernCaller } from '../sessions/modern-caller.ts';
import { follow, unfollow } from '../subscriptions.ts';
import { mustBeTied, untied } from './tied.ts';

/** What a client wants to hear of (2026-07-28, basic/patterns/subscriptions, "Subscription Filter"). */
interface Filter {
  toolsListChanged?: true;
  promptsListChanged?: true;
  resourcesListChanged?: true;
  resourceSubscriptions?: string[];
}

const FLAGS = { tools: 'toolsListChanged', prompts: 'promptsListChanged', resources: 'resourcesListChanged' } as const;

/** One `subscriptions/listen`: a stream that tells what changes in all servers of its target, until either side ends it. */
export class Listener {
  readonly caller: ModernCaller;
  readonly target: string;
  /** Resource URI to the name of the server that has it. */
  readonly subscriptions = new Map<string, string>();
  readonly #id: RequestId;
  readonly #stream: EventStream;
  readonly #methods: ReadonlySet<string>;
  /** Changes before the acknowledgement. */
  #early: JsonRpcNotification[] | undefined = [];

  private constructor(caller: ModernCaller, id: RequestId, stream: EventStream, filter: Filter) {
    this.caller = caller;
    this.target = caller.target;
    this.#id = id;
    this.#stream = stream;
    const kinds = (Object.keys(FLAGS) as (keyof typeof FLAGS)[]).filter((kind) => filter[FLAGS[kind]] === true);
    this.#methods = new Set(kinds.map((kind) => LISTS[kind].changed));
  }

  /** Begins to listen, and acknowledges what the client will hear of. */
  static open(hub: Hub, caller: ModernCaller, request: JsonRpcRequest, response: HubResponse): void {
    begin(hub, caller, request, response).catch((error: unknown) => refuse(response, error, request.id));
  }

  static start(hub: Hub, caller: ModernCaller, id: RequestId, response: HubResponse, filter: Filter): Listener {
    const stream = new EventStream(response, () => {
      hub.listeners.delete(listener);
      unfollow(hub, listener);
    });
    const listener = new Listener(caller, id, stream, filter);
    hub.listeners.add(listener);
    return listener;
  }

  /** The first that the client hears; what came earlier follows. */
  acknowledge(filter: Filter): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    this.#push(notification('notifications/subscriptions/acknowledged', { notifications: { ...filter } }));
    for (const message of early) this.#push(message);
  }

  /** Passes on what the client asked for; nothing else may come on this stream. */
  notify(message: JsonRpcNotification): void {
    const uri = message.params?.uri;
    const wanted =
      message.method === RESOURCE_UPDATED
        ? typeof uri === 'string' && this.subscriptions.has(uri)
        : this.#methods.has(message.method);
    if (!wanted) return;
    if (this.#early === undefined) this.#push(message);
    else this.#early.push(message);
  }

  /** Ends the stream with the result that says that nothing was lost; the client listens again, here or elsewhere. */
  end(): void {
    const meta = { _meta: { [META.subscriptionId]: this.#id } };
    this.#stream.answer(result(this.#id, { resultType: 'complete', ...meta }));
    this.#stream.end();
  }

  #push(message: JsonRpcNotification): void {
    const _meta = { ...metaOf(message.params), [META.subscriptionId]: this.#id };
    this.#stream.push({ ...message, params: { ...message.params, _meta } });
  }
}

async function begin(hub: Hub, caller: ModernCaller, request: JsonRpcRequest, response: HubResponse): Promise<void> {
  const asked = readFilter(request.params?.notifications);
  if (hub.draining && !caller.modern.fromNode) throw new NodeError('MCPHUB_DRAINING');
  checkListeners(hub, caller);
  const { capabilities } = await describe(hub, caller);
  if (response.destroyed) return;
  // It may have become so meanwhile; from here on it ends when it does.
  if (mustBeTied(hub, caller) === true) throw untied(FIRST_MODERN_REVISION);
  const filter = honoured(asked, capabilities as Record<string, { subscribe?: unknown } | undefined>);
  const listener = Listener.start(hub, caller, request.id, response, filter);
  const { resourceSubscriptions = [], ...lists } = filter;
  const told = await Promise.all(resourceSubscriptions.map((uri) => follow(hub, listener, uri)));
  const uris = resourceSubscriptions.filter((_, position) => told[position]);
  const agreed = uris.length === 0 ? lists : { ...lists, resourceSubscriptions: uris };
  listener.acknowledge(agreed);
  if (Object.keys(agreed).length === 0) listener.end();
}

/** @throws NodeError MCPHUB_PARAMS_INVALID */
function readFilter(value: unknown): Filter {
  const invalid = (reason: string) =>
    new NodeError('MCPHUB_PARAMS_INVALID', { method: 'subscriptions/listen', reason });
  if (typeof value !== 'object' || value === null) throw invalid('notifications must be an object');
  const filter: Filter = {};
  for (const flag of Object.values(FLAGS)) {
    const wanted = (value as Record<string, unknown>)[flag];
    if (wanted !== undefined && typeof wanted !== 'boolean')
      throw invalid(`notifications.${flag} must be true or false`);
    if (wanted === true) filter[flag] = true;
  }
  const { resourceSubscriptions: uris } = value as { resourceSubscriptions?: unknown };
  if (uris === undefined) return filter;
  if (!Array.isArray(uris) || !uris.every((uri) => typeof uri === 'string')) {
    throw invalid('notifications.resourceSubscriptions must be a list of URIs');
  }
  if (uris.length > CONFIG.maxListenedResources) {
    throw invalid(
      `notifications.resourceSubscriptions has ${uris.length} URIs, more than the ${CONFIG.maxListenedResources} allowed`,
    );
  }
  for (const uri of uris) uriIn('subscriptions/listen', uri, 'each of notifications.resourceSubscriptions');
  return uris.length === 0 ? filter : { ...filter, resourceSubscriptions: [...new Set<string>(uris)] };
}

function honoured(asked: Filter, capabilities: Record<string, { subscribe?: unknown } | undefined>): Filter {
  const filter: Filter = {};
  for (const [kind, flag] of Object.entries(FLAGS)) {
    if (asked[flag] === true && capabilities[kind] !== undefined) filter[flag] = true;
  }
  if (asked.resourceSubscriptions !== undefined && capabilities.resources?.subscribe === true) {
    filter.resourceSubscriptions = asked.resourceSubscriptions;
  }
  return filter;
}
