import { FAULT_SPECS, type FaultKind } from './fault.ts';
import type { ChaosOptions } from './options.ts';
import { Random, seedFor } from './random.ts';

/** One fault to come. */
export interface PlannedFault {
  kind: FaultKind;
  /** Id of the member that it befalls. */
  member: string;
  /** Milliseconds after the beginning of its half. */
  at: number;
  /** Milliseconds; see {@link FaultSpec.lasts}. */
  lasts: number;
  /** Milliseconds by which a piece of data is held back, for `slow`. */
  delay: number;
}

/**
 * The faults of the two halves of a run. Between them all is healthy, and memory is looked at; in the second half the last
 * node and the last coordinator are spared what would end them, so that there is something to compare.
 */
export interface Schedule {
  halves: readonly [readonly PlannedFault[], readonly PlannedFault[]];
}

export const nodeId = (n: number): string => `node-${n}`;
export const coordinatorId = (n: number): string => `coordinator-${n}`;

/** The node behind the proxy: the last one. */
export function proxiedNode({ nodes }: Pick<ChaosOptions, 'nodes'>): string {
  return nodeId(nodes);
}

/** Draws the faults of a run; the same options give the same ones. */
export function planFaults(options: ChaosOptions): Schedule {
  const plan = (half: 0 | 1) => new HalfPlan(options, half).plan();
  return { halves: [plan(0), plan(1)] };
}

/** A member that is taken from a time on until another one. */
interface Reservation {
  member: string;
  from: number;
  to: number;
  disturbs: boolean;
}

/** Time between faults of one lane, in milliseconds. */
const BREAK = [300, 2_000] as const;

class HalfPlan {
  readonly #options: ChaosOptions;
  readonly #random: Random;
  readonly #length: number;
  readonly #spared: ReadonlySet<string>;
  readonly #taken: Reservation[] = [];
  readonly #bags = { node: [] as FaultKind[], coordinator: [] as FaultKind[] };

  constructor(options: ChaosOptions, half: 0 | 1) {
    this.#options = options;
    this.#random = new Random(seedFor(options.seed, `faults of half ${half}`));
    this.#length = options.seconds * 500;
    this.#spared = new Set(half === 0 ? [] : [nodeId(options.nodes), coordinatorId(options.coordinators)]);
  }

  plan(): PlannedFault[] {
    const { nodes } = this.#options;
    // Two nodes may be away at once where a third one is left.
    const lanes = [...(nodes >= 3 ? ['node', 'node'] : ['node']), 'coordinator'] as ('node' | 'coordinator')[];
    const planned = lanes.flatMap((on) => this.#lane(on));
    return planned.sort((a, b) => a.at - b.at);
  }

  #lane(on: 'node' | 'coordinator'): PlannedFault[] {
    const planned: PlannedFault[] = [];
    let at = this.#random.between(...BREAK);
    while (at < this.#length) {
      const fault = this.#draw(on, at);
      if (fault !== undefined) {
        planned.push(fault);
        at += fault.lasts + FAULT_SPECS[fault.kind].recovery;
      }
      at += this.#random.between(...BREAK);
    }
    return planned;
  }

  /** The next kind that can happen then, so that all kinds come about equally often. */
  #draw(on: 'node' | 'coordinator', at: number): PlannedFault | undefined {
    const bag = this.#bags[on];
    const kinds = this.#options.only.filter((kind) => FAULT_SPECS[kind].on === on);
    if (bag.length < kinds.length) bag.push(...this.#random.shuffled(kinds));
    for (const [index, kind] of bag.entries()) {
      const fault = this.#place(kind, at);
      if (fault === undefined) continue;
      bag.splice(index, 1);
      return fault;
    }
    return undefined;
  }

  #place(kind: FaultKind, at: number): PlannedFault | undefined {
    const { lasts: range, recovery, disturbs } = FAULT_SPECS[kind];
    const lasts = this.#random.between(...range);
    const to = at + lasts + recovery;
    const candidates = to > this.#length ? [] : this.#free(kind, at, to);
    const delay = this.#random.between(50, 250);
    if (candidates.length === 0) return undefined;
    const member = this.#random.pick(candidates);
    this.#taken.push({ member, from: at, to, disturbs });
    return { kind, member, at, lasts, delay };
  }

  /** Those that the fault may befall from `from` to `to`, with one of their sort always left undisturbed. */
  #free(kind: FaultKind, from: number, to: number): string[] {
    const { on, disturbs, ends, proxied } = FAULT_SPECS[kind];
    const count = this.#options[on === 'node' ? 'nodes' : 'coordinators'];
    const all = Array.from({ length: count }, (_, i) => (on === 'node' ? nodeId(i + 1) : coordinatorId(i + 1)));
    const meanwhile = this.#taken.filter((taken) => all.includes(taken.member) && taken.from < to && from < taken.to);
    const disturbed = new Set(meanwhile.filter((taken) => taken.disturbs).map(({ member }) => member));
    if (disturbs && disturbed.size + 1 >= count) return [];
    const behindProxy = proxiedNode(this.#options);
    return all.filter(
      (member) =>
        !meanwhile.some((taken) => taken.member === member) &&
        !(ends && this.#spared.has(member)) &&
        !(proxied === 'only' && member !== behindProxy) &&
        !(proxied === 'not' && member === behindProxy),
    );
  }
}
