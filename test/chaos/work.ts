import type { Random } from './random.ts';

/** One call that a session makes. */
export interface Work {
  kind: 'echo' | 'progress' | 'nap' | 'list' | 'big';
  /** Comes back in the answer; no other call has the same. */
  message: string;
  /** Milliseconds that the server takes. */
  ms: number;
  /** Times that the server reports progress. */
  steps: number;
  bytes: number;
}

const WEIGHTS = { echo: 35, progress: 20, nap: 20, list: 10, big: 15 } as const;
const KIB = 1024;

/**
 * Draws a call.
 * @param name tells the call from all others
 */
export function drawWork(random: Random, name: string): Work {
  const kind = random.weighted(WEIGHTS);
  // Drawn whether they are needed or not, so that each call takes equally many numbers.
  const [napping, working, steps, size] = [
    random.between(50, 800),
    random.between(50, 300),
    random.between(1, 4),
    random.between(KIB, 200 * KIB),
  ];
  const ms = kind === 'nap' ? napping : kind === 'progress' ? working : 0;
  const message = kind === 'big' ? padded(name, size) : name;
  return { kind, message, ms, steps: kind === 'progress' ? steps : 0, bytes: message.length };
}

/** Every place is different enough to notice a missing or doubled piece. */
function padded(name: string, length: number): string {
  const parts = [name];
  for (let at = name.length; at < length; at += 12) parts.push(`,${at.toString(36).padStart(11, '.')}`);
  return parts.join('').slice(0, Math.max(length, name.length));
}

/** The arguments of the tool `task` for it. */
export function argumentsOf({ message, ms, steps }: Work): Record<string, unknown> {
  return { message, ms, steps };
}
