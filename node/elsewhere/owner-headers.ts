import { PRINCIPAL, STATE_ID } from '../../mcp/headers.ts';
import type { StateOwner } from '../servers/state-owner.ts';

/** Tells another node for whom a request is. */
export function ownerHeaders({ principal, stateId }: StateOwner): Record<string, string> {
  return { [PRINCIPAL]: principal, ...(stateId === undefined ? {} : { [STATE_ID]: stateId }) };
}
