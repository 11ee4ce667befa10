import type { Condition } from '../api/types.ts';

export interface Transition {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

type Kind = Transition['type'] | undefined;

/**
 * What users want to hear of: what went wrong, and when it is right again. `Available` is part of `Ready`, and `Progressing`
 * comes and goes, but for a stall.
 */
const KIND: Partial<Record<Condition['type'], (next: Condition, previous: Condition['status'] | undefined) => Kind>> = {
  Ready({ status, reason }, previous) {
    if (status === 'False') return previous === 'True' ? 'Warning' : undefined;
    return status === 'True' || reason === 'Paused' ? 'Normal' : undefined;
  },
  Degraded({ status }, previous) {
    if (status === 'True') return 'Warning';
    return previous === 'True' && status === 'False' ? 'Normal' : undefined;
  },
  Progressing: ({ reason }) => (reason === 'Stalled' ? 'Warning' : undefined),
  ConfigValid: whenWrong,
  Verified: whenWrong,
};

function whenWrong({ status }: Condition, previous: Condition['status'] | undefined): Kind {
  if (status === 'False') return 'Warning';
  return status === 'True' && previous === 'False' ? 'Normal' : undefined;
}

/**
 * The events that a change of conditions is worth, so that each is told once.
 * @param before empty for a new cluster, of which what is not there yet is no news
 */
export function transitions(before: readonly Condition[], after: readonly Condition[]): Transition[] {
  return after.flatMap((next) => {
    const previous = before.find(({ type }) => type === next.type);
    if (previous?.status === next.status && previous.reason === next.reason) return [];
    const type = KIND[next.type]?.(next, previous?.status);
    return type === undefined ? [] : [{ type, reason: next.reason, message: next.message }];
  });
}
