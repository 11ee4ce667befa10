import { parseSettings } from '../../settings/load.ts';
import type { SettingsSource } from '../../settings/store.ts';

/** Settings that throw while `faulty` is set: a defect wherever they are read. */
export function faultySettings(content: object): SettingsSource & { faulty: boolean; faults: number } {
  const parsed = parseSettings(content);
  return {
    faulty: false,
    faults: 0,
    get current() {
      if (!this.faulty) return parsed;
      this.faults++;
      throw new Error('a defect of ours');
    },
    problem: undefined,
    onChange: () => () => {},
  };
}
