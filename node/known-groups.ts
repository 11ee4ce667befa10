import type { GroupReport } from '../cluster/payload.ts';
import type { TargetGroup } from '../settings/targets.ts';

/** The groups that a node serves: those that its coordinators told it, then its own that have another id and name. */
export class KnownGroups {
  readonly #own: () => readonly TargetGroup[];
  #told: readonly GroupReport[] = [];

  constructor(own: () => readonly TargetGroup[]) {
    this.#own = own;
  }

  all(): readonly TargetGroup[] {
    const told = this.#told as readonly TargetGroup[];
    const isTold = (group: TargetGroup) => told.some(({ id, name }) => id === group.id || name === group.name);
    return [...told, ...this.#own().filter((group) => !isTold(group))];
  }

  /** @returns whether these are others than before */
  hear(groups: readonly GroupReport[]): boolean {
    if (JSON.stringify(groups) === JSON.stringify(this.#told)) return false;
    this.#told = groups;
    return true;
  }
}
