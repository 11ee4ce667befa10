import { sleep, systemClock } from './clock.ts';
import type { Clock, KubeClient, Log } from './contract.ts';
import { KubeError } from './errors.ts';
import { createLeaseAccess, type LeaseObject } from './lease.ts';

/** All in milliseconds. */
export const ELECTION_TIMING = {
  /** Silence of a leader after which another may take over. */
  leaseDuration: 15_000,
  /** Time without a renewal after which the leader gives up; must be shorter. */
  renewDeadline: 10_000,
  /** Between attempts. */
  retryPeriod: 2_000,
} as const;

export interface ElectionOptions {
  client: KubeClient;
  namespace: string;
  /** Of the Lease. */
  name: string;
  /** Of this process; no other may have it, not even its own next start. */
  identity: string;
  log: Log;
  clock?: Clock;
  /** From 0 to 1. */
  random?: () => number;
  /** For metrics. */
  onChange?: (leads: boolean) => void;
  timing?: { leaseDuration: number; renewDeadline: number; retryPeriod: number };
}

/** One leader among several processes, by a Lease. */
export interface Election {
  /** False from the moment when another process might lead, even where timers are late. */
  readonly leads: boolean;
  /** Resolves once this process leads, or when the signal is aborted. Call it once. */
  acquire(signal: AbortSignal): Promise<void>;
  /** Resolves when leadership was lost. The process must exit: what it began cannot be taken back. */
  readonly lost: Promise<void>;
  /** Ends the election; gives the Lease up if this process holds it. Call it after all work has stopped. Never rejects. */
  release(): Promise<void>;
}

/** Takes part from `acquire` on. The remote clock is never compared with ours: only whether the Lease changed counts. */
export function createElection(options: ElectionOptions): Election {
  const { log, clock = systemClock, random = Math.random, onChange, timing = ELECTION_TIMING } = options;
  const candidate = createCandidate(options);
  const ended = new AbortController();
  const lost = Promise.withResolvers<void>();
  let renewedAt: number | undefined;
  let renewing: Promise<void> = Promise.resolve();

  function lose(why: string): void {
    if (renewedAt === undefined) return;
    renewedAt = undefined;
    ended.abort();
    log.error({ lease: options.name, identity: options.identity }, why);
    onChange?.(false);
    lost.resolve();
  }

  function lead(since: number): Promise<void> | void {
    if (ended.signal.aborted) return candidate.release();
    renewedAt = since;
    log.info({ lease: options.name, identity: options.identity }, 'leading');
    onChange?.(true);
    renewing = renew();
  }

  /** Renews until it fails for too long; the deadline holds also while a request hangs. */
  async function renew(): Promise<void> {
    while (!ended.signal.aborted && renewedAt !== undefined) {
      const rest = renewedAt + timing.renewDeadline - clock.monotonic();
      const cancelDeadline = clock.after(rest, () => lose('leadership lost: the lease was not renewed in time'));
      await sleep(clock, timing.retryPeriod, ended.signal);
      await renewOnce();
      cancelDeadline();
    }
  }

  async function renewOnce(): Promise<void> {
    const startedAt = clock.monotonic();
    if (!leads()) return lose('leadership lost: the lease was not renewed in time');
    const held = await candidate.attempt();
    // A process that was stopped for a while must not take up a lead that another had in between.
    if (!leads()) return lose('leadership lost: the lease was not renewed in time');
    if (held === false) return lose('leadership lost: another process holds the lease');
    if (held === true) renewedAt = startedAt;
  }

  function leads(): boolean {
    return renewedAt !== undefined && clock.monotonic() - renewedAt < timing.renewDeadline;
  }

  return {
    get leads() {
      return leads();
    },
    lost: lost.promise,
    async acquire(signal) {
      while (!signal.aborted && !ended.signal.aborted) {
        const startedAt = clock.monotonic();
        if ((await candidate.attempt()) === true) return lead(startedAt);
        await sleep(clock, timing.retryPeriod * (1 + random() / 5), signal);
      }
    },
    async release() {
      const held = renewedAt !== undefined;
      renewedAt = undefined;
      ended.abort();
      await renewing;
      if (!held) return;
      onChange?.(false);
      await candidate.release();
    },
  };
}

/** Tries once to get or keep the Lease. `true`: held; `false`: another holds it; undefined: not known. Never rejects. */
function createCandidate(options: ElectionOptions) {
  const { client, namespace, name, identity, log, clock = systemClock, timing = ELECTION_TIMING } = options;
  const access = createLeaseAccess(client, namespace, name, identity);
  const requestTimeout = Math.max(1000, timing.renewDeadline / 2);
  /** The Lease as we last saw it, and when it last changed before our eyes. */
  let seen: { lease: LeaseObject; at: number } | undefined;

  function see(lease: LeaseObject): LeaseObject {
    if (seen?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion)
      seen = { lease, at: clock.monotonic() };
    return lease;
  }

  function heldByAnother({ spec }: LeaseObject): boolean {
    const holder = spec?.holderIdentity;
    if (!holder || holder === identity || seen === undefined) return false;
    const duration = (spec?.leaseDurationSeconds ?? 0) * 1000 || timing.leaseDuration;
    return clock.monotonic() - seen.at < duration;
  }

  async function attemptOnce(): Promise<boolean> {
    const lease = await bounded(clock, requestTimeout, access.read());
    if (lease !== undefined && heldByAnother(see(lease))) return false;
    see(await bounded(clock, requestTimeout, access.hold(lease, timing.leaseDuration, clock.now())));
    return true;
  }

  return {
    async attempt(): Promise<boolean | undefined> {
      try {
        return await attemptOnce();
      } catch (error) {
        const raced = error instanceof KubeError && error.status === 409;
        log[raced ? 'debug' : 'warn']({ err: error, lease: name }, 'lease not renewed');
        return undefined;
      }
    },
    async release(): Promise<void> {
      try {
        const lease = await bounded(clock, requestTimeout, access.read());
        if (lease !== undefined) await bounded(clock, requestTimeout, access.release(lease, clock.now()));
      } catch (error) {
        log.warn({ err: error, lease: name }, 'lease not released, it will expire');
      }
    },
  };
}

async function bounded<T>(clock: Clock, ms: number, answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(ms, () => {
    late.reject(new KubeError(`lease: no answer within ${ms} ms`, { status: 0, reason: 'Timeout' }));
  });
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    cancel();
  }
}
