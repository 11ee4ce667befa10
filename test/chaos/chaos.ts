import { setTimeout as pause } from 'node:timers/promises';
import type { LogLine } from '../support/process.ts';
import { ChaosCluster } from './cluster.ts';
import { type Descriptors, settledDescriptors } from './descriptors.ts';
import { Injector } from './injector.ts';
import { judge, type Violation } from './invariants.ts';
import { Ledger } from './ledger.ts';
import { Load } from './load.ts';
import type { ChaosOptions } from './options.ts';
import { record } from './record.ts';
import { type Held, judgeResources, memoryOf, type ResourceRow } from './resources.ts';
import { planFaults } from './schedule.ts';

export interface ChaosResult {
  options: ChaosOptions;
  ledger: Ledger;
  resources: ResourceRow[];
  violations: Violation[];
  /** Errors in the logs of members, each with its number. */
  notes: string[];
}

/** How long clients work without faults at first, so that everything has been in use once, and around the faults. */
const WARM_UP = 3_000;
const CALM = 1_000;

/**
 * Runs a cluster of real processes under load, does to it what the seed says, and looks whether clients noticed.
 * @param told gets a line for each thing that happens
 * @throws when nothing would happen, and when the cluster does not start; everything after that is a violation
 */
export async function runChaos(options: ChaosOptions, told: (line: string) => void = () => {}): Promise<ChaosResult> {
  if (planFaults(options).halves.flat().length === 0) throw new Error('no fault fits into so few seconds and members');
  const cluster = await ChaosCluster.start(options);
  const ledger = new Ledger();
  const run = new Run(options, cluster, ledger, told);
  const violations: Violation[] = [];
  try {
    await run.all();
  } catch (error) {
    violations.push(member(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  }
  told('ending all members');
  const { ends, leftovers } = await cluster.stop();
  if (options.record !== undefined) record(options.record, cluster, ledger);
  violations.push(
    ...judge(ledger),
    ...[...cluster.crashed, ...run.injector.problems, ...ends].map(member),
    ...leftovers.map((what): Violation => ({ rule: 'no process is left behind', what })),
    ...judgeResources(run.resources),
  );
  return { options, ledger, violations, resources: run.resources, notes: errorsInLogs(cluster) };
}

class Run {
  readonly injector: Injector;
  readonly resources: ResourceRow[] = [];
  readonly #options: ChaosOptions;
  readonly #cluster: ChaosCluster;
  readonly #ledger: Ledger;
  readonly #told: (line: string) => void;

  constructor(options: ChaosOptions, cluster: ChaosCluster, ledger: Ledger, told: (line: string) => void) {
    this.#options = options;
    this.#cluster = cluster;
    this.#ledger = ledger;
    this.#told = (line) => told(`${(performance.now() / 1000).toFixed(1).padStart(6)} s  ${line}`);
    this.injector = new Injector(cluster, ledger, this.#told);
  }

  async all(): Promise<void> {
    const { halves } = planFaults(this.#options);
    // What is opened once and for all is open after this.
    const before = await this.#underLoad('warm-up', () => pause(WARM_UP));
    const middle = await this.#underLoad('first', () => this.injector.run(halves[0]), before);
    const end = await this.#underLoad('second', () => this.injector.run(halves[1]), before);
    for (const { id } of this.#members) {
      this.resources.push({ id, before: before.get(id), middle: middle.get(id), end: end.get(id) });
    }
  }

  get #members() {
    return [...this.#cluster.members.values()];
  }

  /** @returns what members hold after all clients have gone again */
  async #underLoad(
    name: string,
    act: () => Promise<unknown>,
    before?: ReadonlyMap<string, Held>,
  ): Promise<Map<string, Held>> {
    const { seed, sessions } = this.#options;
    const { balancer, spreader } = this.#cluster;
    this.#told(`${sessions} sessions begin: ${name}`);
    const urls = { url: balancer.url, spreadUrl: spreader.url };
    const load = new Load({ name, seed, sessions, ledger: this.#ledger, ...urls });
    try {
      await pause(CALM);
      await act();
      await pause(CALM);
    } finally {
      this.#told('all sessions end');
      await load.stop();
    }
    return this.#measure((id, { own }) => own <= (before?.get(id)?.descriptors.own ?? 0));
  }

  async #measure(isEnough: (id: string, descriptors: Descriptors) => boolean): Promise<Map<string, Held>> {
    const settled = await settledDescriptors(this.#members, this.#cluster.nodePorts, isEnough);
    const held = this.#members.map(async (each) => {
      const descriptors = settled.get(each.id) as Descriptors;
      return [each.id, { descriptors, memory: await memoryOf(each) }] as const;
    });
    return new Map(await Promise.all(held));
  }
}

function member(what: string): Violation {
  return { rule: 'members come back, and end when and as they should', what };
}

/** Lines of stderr that only go on with one before. */
const NOISE = /^\s|^$|^\(Use `node/;

/** Levels of pino from `error` on. */
const ERROR = 50;

function errorsInLogs({ processes }: ChaosCluster): string[] {
  const isError = ({ level }: LogLine) => Number(level) >= ERROR || level === 'error' || level === 'fatal';
  const lines = processes.flatMap(({ id, process: { log, stderr } }) => [
    ...log.filter(isError).map(({ msg, err, reason }) => `${id}: ${msg} ${JSON.stringify(err ?? reason ?? '')}`),
    ...stderr
      .split('\n')
      .flatMap((line) => (NOISE.test(line) ? [] : `${id}: ${line.replace(/^\(node:\d+\)/, '(node)')}`)),
  ]);
  const counts = Map.groupBy(lines, (line) => line.slice(0, 300));
  return [...counts].map(([line, all]) => `${all.length} x ${line}`).slice(0, 20);
}
