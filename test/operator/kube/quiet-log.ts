import type { Log } from '../../../operator/kube/contract.ts';

export interface Line {
  level: 'debug' | 'info' | 'warn' | 'error';
  fields: Record<string, unknown>;
  message: string;
}

/** A log that keeps its lines. */
export function createQuietLog(): Log & { lines: Line[]; of(level: Line['level']): Line[] } {
  const lines: Line[] = [];
  const write = (level: Line['level']) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fields }, message });
  };
  return {
    lines,
    of: (level) => lines.filter((line) => line.level === level),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}
