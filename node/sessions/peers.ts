import { Catalog } from '../catalog/catalog.ts';
import { changedLists } from '../catalog/lists.ts';
import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import { applyLevel } from '../methods/logging.ts';
import { NodeError } from '../node-error.ts';
import type { Connection, ConnectionHandlers, Owner } from '../servers/connection.ts';
import type { SessionPeer } from '../servers/host.ts';
import { resubscribeOwn } from '../subscriptions.ts';
import { Call } from './call.ts';
import type { Caller } from './caller.ts';
import { Session } from './session.ts';

/** A session beside servers that have a process for each session: how they reach its client, and its lists there. */
interface Own {
  peer: SessionPeer;
  catalogs: Map<Hosted, Catalog>;
}

/** The sessions as servers with a process per session see them. */
export class Peers {
  readonly #own = new WeakMap<Session, Own>();
  readonly #restored = new WeakSet<Connection>();
  readonly #hub: Hub;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  peer(session: Session): SessionPeer {
    return this.#of(session).peer;
  }

  /** The lists of the process that the caller has to itself; for all others those of the server. */
  catalog(caller: Caller, hosted: Hosted): Catalog {
    if (!hosted.host.own) return hosted.catalog;
    return caller instanceof Session ? this.#ownCatalog(caller, hosted) : this.#hub.lanes.catalog(hosted, caller);
  }

  #ownCatalog(session: Session, hosted: Hosted): Catalog {
    const { catalogs } = this.#of(session);
    const known = catalogs.get(hosted);
    if (known !== undefined) return known;
    const catalog = new Catalog(
      async () => this.connect(session, hosted),
      this.#hub.log.child({ server: hosted.name }),
      hosted.host.patience,
    );
    catalogs.set(hosted, catalog);
    return catalog;
  }

  /** Opens the session's own connection in the background; a failure shows at the first request. */
  prepare(caller: Caller, hosted: Hosted): void {
    Promise.resolve(this.connect(caller, hosted)).catch((error: unknown) => {
      this.#hub.log.debug({ server: hosted.name, err: error }, 'Server not ready for a new session');
    });
  }

  /** The connection that serves a session at a server; a new one of its own is given the session's log level and subscriptions. */
  connect(caller: Caller, { host }: Hosted): Connection | Promise<Connection> {
    const session = caller instanceof Session ? caller : undefined;
    const peer = host.own && session !== undefined ? this.peer(session) : undefined;
    const current = host.current(peer);
    if (current !== undefined) {
      host.touch(peer);
      return current;
    }
    if (session === undefined || peer === undefined) return host.connection();
    // Nobody would end its process.
    if (session.closed) return Promise.reject(new NodeError('MCPHUB_SESSION_NOT_FOUND'));
    return host.connection(peer).then(async (connection) => {
      if (this.#restored.has(connection)) return connection;
      this.#restored.add(connection);
      await applyLevel(this.#hub, connection, caller.logLevel);
      await resubscribeOwn(session, host.name, connection);
      return connection;
    });
  }

  #of(session: Session): Own {
    const known = this.#own.get(session);
    if (known !== undefined) return known;
    const peer: SessionPeer = {
      key: session.id,
      account: session.account,
      clientInfo: session.client?.info ?? { name: 'unknown', version: '' },
      capabilities: session.client?.capabilities ?? {},
      handlers: (host) => this.#handlers(session, host.name),
    };
    const own = { peer, catalogs: new Map<Hosted, Catalog>() };
    this.#own.set(session, own);
    return own;
  }

  #handlers(session: Session, server: string): ConnectionHandlers {
    const source = {};
    return {
      onNotification: (notification, owners) => {
        const { method, params } = notification;
        if (method === 'notifications/cancelled') return session.withdraw(source, params);
        const kinds = changedLists(method);
        const hosted = this.#hub.hosts.get(server);
        if (kinds.length > 0 && hosted !== undefined) this.#ownCatalog(session, hosted).invalidate(kinds);
        if (method === 'notifications/message' && !session.wantsLog(params?.level)) return;
        session.notify(notification, only(owners));
      },
      onRequest: (request, owners) => session.ask(request, source, only(owners) ?? newest(session)),
      onClose: () => {
        const hosted = this.#hub.hosts.get(server);
        if (hosted !== undefined) this.#ownCatalog(session, hosted).invalidate();
      },
    };
  }
}

function only(owners: readonly Owner[]): Call | undefined {
  const [owner] = owners;
  return owners.length === 1 && owner instanceof Call ? owner : undefined;
}

/** A stdio server does not say which call made it ask; the newest is the likeliest. */
function newest(session: Session): Call | undefined {
  return [...session.calls.values()].findLast((call) => call.open);
}
