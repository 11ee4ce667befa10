import type { McpHubCluster } from '../api/types.ts';
import type { HubObserver } from '../hub/observer.ts';
import type { Clock, Events, KubeClient, Log, Resource, Store } from '../kube/contract.ts';
import type { RenderDefaults } from '../render/input.ts';

/** What the steps of a reconciliation read and write. Stores are read, and every write goes to the client. */
export interface World {
  client: KubeClient;
  clusters: Store;
  pods: Store;
  /** Metadata of the Secrets and ConfigMaps that are not the operator's own. */
  foreign: { secrets: Store; configMaps: Store };
  /** The store of a kind that the operator makes; undefined while the API server does not serve it. */
  children(resource: Resource): Store | undefined;
  hub: HubObserver;
  /** Whether handshakes are tried. */
  verify: boolean;
  events: Events;
  defaults: RenderDefaults;
  clock: Clock;
  log: Log;
}

/** The cluster that is reconciled, and where its objects are. */
export interface Subject {
  /** `namespace/name`. */
  key: string;
  namespace: string;
  name: string;
  uid: string;
  cluster: McpHubCluster;
}
