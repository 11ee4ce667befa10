import { arch, cpus, loadavg, platform, totalmem } from 'node:os';

/** What a number is worth nothing without. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGib: number;
  platform: string;
  node: string;
  /** Runnable processes over the last minute, before the run: above 0.5 something else was at work. */
  loadBefore: number;
}

export function machine(): Machine {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    platform: `${platform()} ${arch()}`,
    node: process.version,
    loadBefore: loadavg()[0] ?? 0,
  };
}
