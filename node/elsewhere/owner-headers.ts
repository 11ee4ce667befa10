import { PRINCIPAL, ROOTS, STATE_ID } from '../../mcp/headers.ts';
import type { StateOwner } from '../servers/state-owner.ts';

/** Tells another node for whom a request is. */
export function ownerHeaders({ principal, stateId, roots }: StateOwner): Record<string, string> {
  return {
    [PRINCIPAL]: principal,
    ...(stateId === undefined ? {} : { [STATE_ID]: stateId }),
    ...(roots === undefined ? {} : { [ROOTS]: roots }),
  };
}
