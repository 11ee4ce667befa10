import type { ClientCapabilities } from '../../mcp/capabilities.ts';
import type { ImplementationInfo } from './opening.ts';

/** Whose requests may share a process of a server that has one for each client: those of one session, or of one `X-MCPHub-State-Id`. */
export interface StateOwner {
  /** Stands for whom it belongs to, as coordinators say; empty where nobody has to say who they are. */
  readonly principal: string;
  /** Whom the limits count; empty for nobody. */
  readonly account: string;
  /** What it was asked for at; see `Caller.target`. */
  readonly target: string;
  /** Undefined: nothing ties its requests together. */
  readonly stateId: string | undefined;
  /** Stands for the client's roots; another one than before means that they have changed. */
  readonly roots: string | undefined;
  readonly client: { info: ImplementationInfo; capabilities: ClientCapabilities } | undefined;
}

export function isSameState(one: StateOwner, other: StateOwner): boolean {
  return one.stateId === other.stateId && one.principal === other.principal && one.target === other.target;
}
