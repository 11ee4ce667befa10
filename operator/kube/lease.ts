import type { KubeClient, KubeObject, Resource } from './contract.ts';
import { microTime } from './microtime.ts';

export const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

export interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

export interface LeaseObject extends KubeObject {
  spec?: LeaseSpec;
}

/** One Lease, and who wants to hold it. */
export interface LeaseAccess {
  read(): Promise<LeaseObject | undefined>;
  /** Takes or renews the Lease; the API server refuses it with a 409 if it changed since it was read. */
  hold(lease: LeaseObject | undefined, durationMs: number, now: number): Promise<LeaseObject>;
  /** Gives the Lease up, so that another need not wait until it expires. */
  release(lease: LeaseObject, now: number): Promise<void>;
}

export function createLeaseAccess(client: KubeClient, namespace: string, name: string, identity: string): LeaseAccess {
  const update = (lease: LeaseObject, spec: LeaseSpec) =>
    client.update(LEASES, { ...lease, spec: { ...lease.spec, ...spec } }) as Promise<LeaseObject>;
  return {
    read: () => client.get(LEASES, namespace, name) as Promise<LeaseObject | undefined>,
    async hold(lease, durationMs, now) {
      const renewed = { holderIdentity: identity, leaseDurationSeconds: durationMs / 1000, renewTime: microTime(now) };
      if (lease?.spec?.holderIdentity === identity) return update(lease, renewed);
      const taken = { ...renewed, acquireTime: microTime(now) };
      if (lease !== undefined)
        return update(lease, { ...taken, leaseTransitions: (lease.spec?.leaseTransitions ?? 0) + 1 });
      const metadata = { namespace, name };
      const spec = { ...taken, leaseTransitions: 0 };
      return client.create(LEASES, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata,
        spec,
      }) as Promise<LeaseObject>;
    },
    async release(lease, now) {
      if (lease.spec?.holderIdentity !== identity) return;
      await update(lease, { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(now) });
    },
  };
}
