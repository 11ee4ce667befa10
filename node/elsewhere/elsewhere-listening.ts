import type { Logger } from 'pino';
import { TO } from '../../mcp/headers.ts';
import { FIRST_MODERN_REVISION } from '../../mcp/revisions.ts';
import type { Connection } from '../servers/connection.ts';
import { Listening, type Subscriptions } from '../servers/listening.ts';
import type { StateOwner } from '../servers/state-owner.ts';
import { ListeningAtAll } from './listening-at-all.ts';
import { ownerHeaders } from './owner-headers.ts';

/** What there is of a server on other nodes, as far as it matters to who listens. */
export interface Replicas {
  /** Tags of the nodes that have it. */
  holders: readonly string[];
  /** Each session has a process of its own. */
  perSessionClient: boolean;
  /** See `ServerHost.needsState`. */
  needsState: boolean;
  /** It is the same server for all nodes, and no process of theirs. */
  remote: boolean;
}

/** What a node hears of a server on other nodes. */
export class ElsewhereListening {
  readonly #connection: Connection;
  readonly #log: Logger;
  readonly #atOne: Listening;
  readonly #atAll: ListeningAtAll;
  /** For states with processes of their own, by whose they are. */
  readonly #ofStates = new Map<string, Listening>();
  #replicas: Replicas;

  constructor(connection: Connection, log: Logger, replicas: Replicas) {
    this.#connection = connection;
    this.#log = log;
    this.#atOne = new Listening(connection, log);
    this.#atAll = new ListeningAtAll((tag, of) => new Listening(connection, log, { headers: { [TO]: tag }, of }));
    this.#replicas = replicas;
    this.#atAll.atNodes(replicas.holders);
  }

  /** @returns whether everybody must subscribe anew */
  change(replicas: Replicas): boolean {
    const { perSessionClient, remote, holders } = this.#replicas;
    // A state may belong to another node now, where its calls go.
    const hasMoved = perSessionClient && holders.join() !== replicas.holders.join();
    const isOther = hasMoved || replicas.perSessionClient !== perSessionClient || replicas.remote !== remote;
    if (isOther) this.stop();
    this.#replicas = replicas;
    this.#atAll.atNodes(replicas.holders);
    return isOther;
  }

  /** Undefined where each state has a process of its own, and there is no state. */
  for(owner: StateOwner): Subscriptions | undefined {
    const { perSessionClient, remote } = this.#replicas;
    if (perSessionClient) return owner.stateId === undefined ? undefined : this.#ofState(owner);
    return remote ? this.#atOne : this.#atAll;
  }

  stop(): void {
    for (const listening of [this.#atOne, this.#atAll, ...this.#ofStates.values()]) listening.stop();
    this.#ofStates.clear();
  }

  /** It listens with the client's capabilities, since that may be what starts its process. */
  #ofState(owner: StateOwner): Listening {
    const key = JSON.stringify([owner.principal, owner.target, owner.stateId]);
    const known = this.#ofStates.get(key);
    if (known !== undefined) return known;
    for (const [other, { size }] of this.#ofStates) if (size === 0) this.#ofStates.delete(other);
    const { info: clientInfo, capabilities = {} } = owner.client ?? {};
    const envelope = { revision: FIRST_MODERN_REVISION, capabilities, clientInfo, logLevel: undefined };
    const listening = new Listening(this.#connection, this.#log, { envelope, headers: ownerHeaders(owner) });
    this.#ofStates.set(key, listening);
    return listening;
  }
}
