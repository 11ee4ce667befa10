import { EventEmitter, once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterMember } from '../support/cluster.ts';
import { type ChaosCluster, nodeSettings, TIMES } from './cluster.ts';
import { FAULT_SPECS } from './fault.ts';
import type { FaultRecord, Ledger } from './ledger.ts';
import type { PlannedFault } from './schedule.ts';

/** Until the ends of a dead process's connections have been read everywhere, in milliseconds, on a busy machine too. */
const ENDS_READ = 500;
/** A silent node may take so long to answer whether it is there before its calls are given up; see router/config.ts. */
const HEALTH_TIMEOUT = 2_000;

/** Does to the cluster what the schedule says. */
export class Injector {
  readonly #cluster: ChaosCluster;
  readonly #ledger: Ledger;
  readonly #told: (line: string) => void;
  readonly #busy = new Map<string, PlannedFault>();
  readonly #changes = new EventEmitter<{ change: [] }>();
  /** Nodes that have the server that reloads add and take away. */
  readonly #extra = new Set<string>();
  /** What did not go as it should with the members themselves. */
  readonly problems: string[] = [];

  /** @param told gets a line for each fault */
  constructor(cluster: ChaosCluster, ledger: Ledger, told: (line: string) => void) {
    this.#cluster = cluster;
    this.#ledger = ledger;
    this.#told = told;
    this.#changes.setMaxListeners(0);
  }

  /** Runs one half of the schedule. @returns when all members are as before */
  async run(plan: readonly PlannedFault[]): Promise<void> {
    const started = performance.now();
    const running: Promise<void>[] = [];
    for (const fault of plan) {
      await pause(Math.max(0, started + fault.at - performance.now()));
      await this.#permission(fault);
      this.#busy.set(fault.member, fault);
      running.push(this.#inject(fault));
    }
    await Promise.all(running);
  }

  /** The schedule keeps members apart as long as they recover in time; when they are late, what comes next waits. */
  async #permission({ kind, member }: PlannedFault): Promise<void> {
    const { on, disturbs } = FAULT_SPECS[kind];
    const members = on === 'node' ? this.#cluster.nodes : this.#cluster.coordinators;
    const isFree = () => {
      const disturbed = members.filter(({ id }) => {
        const current = this.#busy.get(id);
        return current !== undefined && FAULT_SPECS[current.kind].disturbs;
      });
      return !this.#busy.has(member) && !(disturbs && disturbed.length + 1 >= members.length);
    };
    while (!isFree()) await once(this.#changes, 'change');
  }

  async #inject(planned: PlannedFault): Promise<void> {
    const { kind, member: id } = planned;
    const fault = this.#ledger.fault(kind, id);
    this.#told(`${kind} of ${id}, ${this.#ledger.inFlight} calls in flight`);
    try {
      await this.#acts[kind](this.#cluster.member(id), planned, fault);
      fault.recovered = performance.now();
    } catch (error) {
      this.problems.push(`${kind} of ${id}: ${error instanceof Error ? error.message : String(error)}`);
      this.#told(`${kind} of ${id} did not end well`);
    } finally {
      if (fault.harmless === Number.POSITIVE_INFINITY) fault.harmless = performance.now();
      this.#busy.delete(id);
      this.#changes.emit('change');
    }
  }

  readonly #acts: Record<
    PlannedFault['kind'],
    (member: ClusterMember, planned: PlannedFault, fault: FaultRecord) => Promise<void>
  > = {
    kill: async (member, { lasts }, fault) => {
      await this.#kill(member, lasts, fault);
      await this.#cluster.again(member, this.#serversOf(member.id));
    },
    freeze: async (member, { lasts }, fault) => {
      this.#cluster.away.add(member.id);
      member.process.signal('SIGSTOP');
      await pause(lasts);
      member.process.signal('SIGCONT');
      this.#cluster.away.delete(member.id);
      const noticed = fault.from + TIMES.nodeTimeout + TIMES.cleanupInterval + HEALTH_TIMEOUT;
      fault.harmless = Math.min(performance.now(), noticed) + ENDS_READ;
      await this.#cluster.serving(member.id, this.#serversOf(member.id));
    },
    drain: async (member, { lasts }) => {
      this.#cluster.away.add(member.id);
      await this.#askToEnd(member, TIMES.drainTimeout);
      await pause(lasts);
      await this.#cluster.again(member, this.#serversOf(member.id));
    },
    reload: async (member) => {
      if (!this.#extra.delete(member.id)) this.#extra.add(member.id);
      await member.change(nodeSettings(this.#extra.has(member.id)));
      await this.#cluster.serving(member.id, this.#serversOf(member.id));
    },
    reset: async (member, _planned, fault) => {
      this.#cluster.proxy.reset();
      fault.harmless = performance.now() + ENDS_READ;
      await this.#cluster.serving(member.id, this.#serversOf(member.id));
    },
    slow: async (_member, { lasts, delay }) => {
      this.#cluster.proxy.delay = delay;
      await pause(lasts);
      this.#cluster.proxy.delay = 0;
    },
    'coordinator-kill': async (member, { lasts }, fault) => {
      await this.#kill(member, lasts, fault);
      await this.#cluster.again(member);
    },
    'coordinator-restart': async (member, { lasts }) => {
      this.#cluster.away.add(member.id);
      const ended = this.#askToEnd(member, TIMES.drainDelay + TIMES.drainTimeout);
      // Balancers hear of it a little later, but before `drainDelay` is over.
      await pause(TIMES.drainDelay * 0.6);
      this.#cluster.dismiss(member);
      await ended;
      await pause(lasts);
      await this.#cluster.again(member);
    },
  };

  async #kill(member: ClusterMember, lasts: number, fault: FaultRecord): Promise<void> {
    this.#cluster.away.add(member.id);
    await this.#cluster.end(member, 'SIGKILL');
    fault.harmless = performance.now() + ENDS_READ;
    await pause(lasts);
  }

  /** @param within the longest time, in milliseconds, that the settings give it */
  async #askToEnd(member: ClusterMember, within: number): Promise<void> {
    const from = performance.now();
    const code = await this.#cluster.end(member, 'SIGTERM');
    const took = Math.round(performance.now() - from);
    if (code !== 0) this.problems.push(`${member.id} ended with ${code} after SIGTERM, in ${took} ms`);
    // Its servers get some time to end after that.
    else if (took > within + 5_000) this.problems.push(`${member.id} took ${took} ms to end after SIGTERM`);
  }

  #serversOf(id: string): string[] {
    return this.#extra.has(id) ? ['tools', 'extra'] : ['tools'];
  }
}
