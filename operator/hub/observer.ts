import type { Clock } from '../kube/contract.ts';
import { readCoordinator } from './coordinator.ts';
import { type Handshake, shakeHands } from './handshake.ts';
import type { Reach } from './reach.ts';
import { createRounds, type Rounds } from './rounds.ts';
import { type HubView, mergeReadings } from './view.ts';

/** Milliseconds between two readings of a hub; sooner while a coordinator does not answer. */
const READ_INTERVAL = 10_000;
const READ_AGAIN = 3_000;
/** Milliseconds between two handshakes; after a failure sooner. */
const VERIFY_INTERVAL = 300_000;
const VERIFY_AGAIN = 10_000;

export interface ObserverOptions {
  reach: Reach;
  /** Of the operator. */
  version: string;
  clock: Clock;
  /** Something about this cluster (`namespace/name`) is other than it was. */
  onChange: (key: string) => void;
  onError: (key: string, error: unknown) => void;
}

/** The registry of a hub, as its coordinators have it. */
export interface RegistryTarget {
  namespace: string;
  /** Path below which everything is served: empty, or with a slash at its start and none at its end. */
  basePath: string;
  coordinators: { name: string; ip?: string | undefined }[];
  tokens: string[];
}

/** The hub as clients reach it. */
export interface VerifyTarget {
  namespace: string;
  /** As in {@link RegistryTarget}. */
  basePath: string;
  service: string;
  port: number;
  tokens: string[];
  /** `metadata.generation` of the cluster. */
  generation: number;
  /** Another one means that there is something new to verify. */
  state: string;
}

export interface Verification extends Handshake {
  /** Of the target that was verified. */
  generation: number;
}

/** Looks at running hubs from outside Kubernetes: what their coordinators know, and whether a client is served. */
export interface HubObserver {
  registry: Rounds<RegistryTarget, HubView>;
  verification: Rounds<VerifyTarget, Verification>;
  forget(key: string): void;
  stop(): void;
}

/** Nothing is asked before the first `track` of a cluster. */
export function createHubObserver(options: ObserverOptions): HubObserver {
  const { reach, version, ...rest } = options;
  const registry = createRounds<RegistryTarget, HubView>({
    ...rest,
    look: (target) => readRegistry(reach, target),
    interval: (view) => (view?.coordinators.every(({ problem }) => problem === undefined) ? READ_INTERVAL : READ_AGAIN),
  });
  const verification = createRounds<VerifyTarget, Verification>({
    ...rest,
    look: async ({ namespace, service, port, basePath, tokens, generation }) => {
      const base = reach.hub({ namespace, name: service, port });
      return { ...(await shakeHands(base + basePath, tokens, version)), generation };
    },
    interval: (last) => (last?.ok ? VERIFY_INTERVAL : VERIFY_AGAIN),
  });
  return {
    registry,
    verification,
    forget(key) {
      registry.forget(key);
      verification.forget(key);
    },
    stop() {
      registry.stop();
      verification.stop();
    },
  };
}

/** Reads all coordinators at once. Never rejects. */
export async function readRegistry(reach: Reach, target: RegistryTarget): Promise<HubView> {
  const readings = target.coordinators.map(({ name, ip }) => {
    const base = reach.coordinator({ namespace: target.namespace, name, ip });
    if (base === undefined) return { pod: name, problem: 'its Pod has no address yet', nodes: [] };
    return readCoordinator(name, base + target.basePath, target.tokens);
  });
  return mergeReadings(await Promise.all(readings));
}
