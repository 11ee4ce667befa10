import { CACHEABLE, META, metaOf, withoutEnvelope } from '../../mcp/modern.ts';
import type { Outcome } from '../servers/connection.ts';

/** A result of an older revision as 2026-07-28 has it: complete, and to be asked for again rather than kept. */
export function asModern(method: string, outcome: Outcome, serverInfo: object): Outcome {
  if ('error' in outcome) return outcome;
  const result = withoutEnvelope(withoutEnvelope(outcome.result), 'legacy');
  const cache = CACHEABLE.has(method) ? { ttlMs: 0, cacheScope: 'private' } : {};
  const meta = { ...metaOf(result), [META.serverInfo]: serverInfo };
  return { result: { ...result, resultType: 'complete', ...cache, _meta: meta } };
}

/** A complete result of 2026-07-28 without what older revisions do not have. */
export function asLegacy(modern: Record<string, unknown>): Outcome {
  const { resultType: _type, ttlMs: _ttl, cacheScope: _scope, ...result } = withoutEnvelope(modern);
  return { result };
}
