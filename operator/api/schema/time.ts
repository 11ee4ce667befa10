import { DEFAULTS } from '../../../settings/defaults.ts';
import { type WholeField, whole } from './field.ts';

/** The longest time that a timer of Node.js can wait, in milliseconds. */
const LONGEST_TIMER = 2_147_483_647;
/** One day, in milliseconds. */
const LONGEST_DRAIN = 86_400_000;

/** A time above zero, in milliseconds. */
export const duration = (description: string, options: Pick<WholeField, 'default' | 'rules'> = {}): WholeField =>
  whole(description, { minimum: 1, maximum: LONGEST_TIMER, ...options });

/** How long a stopping Pod may finish what it has begun. */
export const drainTimeout = (description: string): WholeField =>
  whole(`${description} In milliseconds, at most a day. The grace period of the Pods follows from it.`, {
    minimum: 0,
    maximum: LONGEST_DRAIN,
    default: DEFAULTS.drainTimeout,
  });
