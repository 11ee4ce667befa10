import { createHash } from 'node:crypto';
import { PRINCIPAL, ROOTS, STATE_ID } from '../../mcp/headers.ts';
import type { StateOwner } from '../servers/state-owner.ts';

/** The other node is asked at another target, where a state of this one must not meet one of the same name. */
function stateAt(target: string, stateId: string): string {
  return createHash('sha256').update(`${target}\n${stateId}`).digest('base64url').slice(0, 32);
}

/** Tells another node for whom a request is. */
export function ownerHeaders({ principal, target, stateId, roots }: StateOwner): Record<string, string> {
  return {
    [PRINCIPAL]: principal,
    ...(stateId === undefined ? {} : { [STATE_ID]: stateAt(target, stateId) }),
    ...(roots === undefined ? {} : { [ROOTS]: roots }),
  };
}
