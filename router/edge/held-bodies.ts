import { MAY_ASK } from '../../mcp/modern.ts';
import { ROUTER_DEFAULTS } from '../config.ts';
import type { RouterContext } from '../context.ts';
import type { Route } from './classify.ts';
import type { RequestHead } from './head.ts';

/**
 * How much of large bodies a coordinator holds at once. The state that a modern call brings back decides where it goes, and no header
 * has it, so the body must be there first: as many large calls in flight at once could hold as much memory as they like, for as
 * long as they last. Above the limit bodies pass as streams again, and the next node that is free has to make do without.
 */
export class HeldBodies {
  #held = 0;
  readonly #limit: number;

  constructor(limit: number = ROUTER_DEFAULTS.heldTogether) {
    this.#limit = limit;
  }

  /** @returns whether so many bytes may be held, until they are released */
  reserve(size: number): boolean {
    if (this.#held + size > this.#limit) return false;
    this.#held += size;
    return true;
  }

  release(size: number): void {
    this.#held -= size;
  }
}

/**
 * The size in bytes up to which the body of a request is held: of modern calls, whose bodies may say which node they must reach, as
 * much as any body may have. `reserved` is to be released when the request is over.
 */
export function heldSize(
  { registry, heldBodies, settings }: RouterContext,
  { era }: Route,
  { mcpMethod, contentLength, chunked }: RequestHead,
): { held: number; reserved: number } {
  const { heldBodySize, heldInTransition } = ROUTER_DEFAULTS;
  const { requestBytes } = settings.current.systemConfig.cluster.limits;
  // While nodes come and go, more requests may have to be sent a second time.
  const usual = registry.inTransition ? heldInTransition : heldBodySize;
  if (era !== 'modern' || mcpMethod === undefined || !MAY_ASK.has(mcpMethod)) return { held: usual, reserved: 0 };
  const size = contentLength ?? (chunked ? requestBytes : 0);
  if (size <= usual || size > requestBytes) return { held: usual, reserved: 0 };
  return heldBodies.reserve(size) ? { held: requestBytes, reserved: size } : { held: usual, reserved: 0 };
}
