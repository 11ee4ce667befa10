import { DEFAULTS } from '../../settings/defaults.ts';

/**
 * How the cluster token and the session secret are replaced while the hub runs. Every member accepts all that it knows
 * and uses the first; so a new one is first made known, then used, and only then is the old one dropped:
 *
 *     settled [old] -> announced [old, new] -> switched [new, old] -> settled [new]
 *
 * Each step waits until every member has the settings of the step before. Session secrets stay accepted after that, as
 * long as a session may live.
 */

export type Phase = 'settled' | 'announced' | 'switched';

export interface CredentialState {
  tokens: string[];
  secrets: string[];
  phase: Phase;
  /** Value of the annotation that asked for the last rotation; empty before the first. */
  rotation: string;
  /** Epoch milliseconds at which each retired secret was retired, in the order of `secrets` after those in use. */
  retired: number[];
}

/** Milliseconds for which an old secret is accepted: as long as a session that it signed may live. */
export const SECRET_ACCEPTED = DEFAULTS.maxSessionAge;

export interface Fresh {
  token: string;
  secret: string;
}

export interface RotationInput {
  state: CredentialState;
  /** Value of the annotation now; empty without one. */
  wanted: string;
  /** Every running member has the settings that follow from `state`. */
  inForce: boolean;
  /** Epoch milliseconds. */
  now: number;
  /** Makes new random values. */
  fresh: () => Fresh;
}

/**
 * The first state of a cluster. An annotation that is there from the start asks for nothing.
 * @param wanted value of the annotation; empty without one
 */
export function firstState(wanted: string, { token, secret }: Fresh): CredentialState {
  return { tokens: [token], secrets: [secret], phase: 'settled', rotation: wanted, retired: [] };
}

/** The next state, or undefined while there is nothing to do. One step at a time, so that each can be awaited. */
export function nextState(input: RotationInput): CredentialState | undefined {
  const { state, wanted, inForce, now } = input;
  if (state.phase === 'settled') {
    if (wanted !== '' && wanted !== state.rotation) return announce(state, wanted, input.fresh());
    return expire(state, now);
  }
  if (!inForce) return undefined;
  const [first, second, ...rest] = state.secrets;
  if (state.phase === 'announced') {
    return {
      ...state,
      phase: 'switched',
      tokens: state.tokens.toReversed(),
      secrets: defined([second, first, ...rest]),
    };
  }
  return { ...state, phase: 'settled', tokens: state.tokens.slice(0, 1), retired: [now, ...state.retired] };
}

function announce(state: CredentialState, wanted: string, { token, secret }: Fresh): CredentialState {
  const [current, ...older] = state.secrets;
  return {
    ...state,
    phase: 'announced',
    rotation: wanted,
    tokens: [...state.tokens.slice(0, 1), token],
    secrets: defined([current, secret, ...older]),
  };
}

function expire(state: CredentialState, now: number): CredentialState | undefined {
  const kept = state.retired.filter((at) => now - at < SECRET_ACCEPTED);
  if (kept.length === state.retired.length) return undefined;
  return { ...state, secrets: state.secrets.slice(0, 1 + kept.length), retired: kept };
}

/** Milliseconds until the next retired secret is dropped; undefined without one. */
export function untilExpiry(state: CredentialState, now: number): number | undefined {
  const oldest = state.retired.at(-1);
  return oldest === undefined ? undefined : Math.max(0, oldest + SECRET_ACCEPTED - now);
}

function defined(values: (string | undefined)[]): string[] {
  return values.filter((value) => value !== undefined);
}
