import { withoutEnvelope } from '../../mcp/modern.ts';

type Params = Record<string, unknown> | undefined;

/**
 * What a modern client asks for, without what only requests of its revision have. Its envelope stays: whoever it is for answers to it,
 * and connections of older revisions leave it out.
 */
export function ofModern(params: Params): Params {
  if (params === undefined) return undefined;
  const { inputResponses: _answers, requestState: _state, ...asked } = withoutEnvelope(params, 'legacy');
  return asked;
}

/** What a session's client asks for, without what only requests of its revision have, and without what only the hub says at a modern server. */
export function ofSession(params: Params): Params {
  if (params === undefined) return undefined;
  const { task: _task, ...asked } = withoutEnvelope(withoutEnvelope(params, 'legacy'));
  return asked;
}
