import { condition, type NewCondition } from '../../api/conditions.ts';
import type { Condition } from '../../api/types.ts';
import type { SpecProblem } from '../../render/input.ts';
import type { Facts } from './facts.ts';
import { sentence } from './health.ts';

/** How many problems a message names. */
const MOST_PROBLEMS = 10;

/** The spec can be used; undefined while nobody looked and nobody had looked before. */
export function configValid(facts: Facts): NewCondition | undefined {
  const { input, generation } = facts;
  if (input.problems === undefined) return previousOf(facts, 'ConfigValid');
  const refused = input.view?.coordinators.find(({ settingsProblem }) => settingsProblem !== undefined);
  if (input.problems.length > 0) {
    const reason = input.problems.every(({ missing }) => missing !== undefined) ? 'MissingReference' : 'InvalidSpec';
    const message = `${listed(input.problems)}. Until then the last good state goes on running.`;
    return condition('ConfigValid', reason, message, generation);
  }
  if (refused !== undefined) {
    const message = `the coordinator ${refused.pod} goes on with older settings, because it refuses the newest: ${refused.settingsProblem}`;
    return condition('ConfigValid', 'InvalidSpec', sentence(message), generation);
  }
  const remarks = input.warnings?.length ? ` Likely not meant: ${listed(input.warnings)}.` : '';
  return condition('ConfigValid', 'Valid', `The spec is in use.${remarks}`, generation);
}

function listed(problems: readonly SpecProblem[]): string {
  const told = problems.slice(0, MOST_PROBLEMS).map(({ path, message }) => `${path}: ${message}`);
  const rest = problems.length - told.length;
  return `${told.join('; ')}${rest > 0 ? ` (${rest} more)` : ''}`;
}

/** A real handshake went through the Service. What was found stays until the next attempt has ended. */
export function verified(facts: Facts): NewCondition {
  const { input, generation, coordinator } = facts;
  const { handshake } = input;
  if (handshake === 'disabled') {
    const message = 'The operator was told not to try handshakes (MCPHUB_OPERATOR_VERIFY).';
    return condition('Verified', 'VerificationDisabled', message, generation);
  }
  if ((coordinator?.ready ?? 0) === 0) {
    return condition('Verified', 'NotYetVerified', 'No handshake is tried while no coordinator is ready.', generation);
  }
  if (handshake === undefined) {
    return (
      previousOf(facts, 'Verified') ??
      condition('Verified', 'NotYetVerified', 'A handshake is about to be tried.', generation)
    );
  }
  if (handshake.ok) {
    const message = 'server/discover and tools/list were answered through the Service.';
    return condition('Verified', 'HandshakeSucceeded', message, handshake.generation);
  }
  const reason = handshake.answered ? 'HandshakeFailed' : 'NotReachable';
  return condition('Verified', reason, sentence(handshake.problem ?? 'no reason given'), handshake.generation);
}

export function previousOf({ previous }: Facts, type: Condition['type']): NewCondition | undefined {
  const found = previous.find((candidate) => candidate.type === type);
  if (found === undefined) return undefined;
  const { lastTransitionTime: _, ...rest } = found;
  return rest;
}
