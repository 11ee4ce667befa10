import { CONFIG } from '../config.ts';
import { NodeError } from '../node-error.ts';

/**
 * The name of a tool or prompt that a request is about.
 * @param field what the error calls it
 * @throws NodeError MCPHUB_PARAMS_INVALID when it is no text, or longer than any name
 */
export function nameIn(method: string, value: unknown, field = 'name'): string {
  return identifier(method, value, field, CONFIG.maxNameLength);
}

/**
 * The same of a URI or URI template.
 * @throws NodeError MCPHUB_PARAMS_INVALID
 */
export function uriIn(method: string, value: unknown, field = 'uri'): string {
  return identifier(method, value, field, CONFIG.maxUriLength);
}

function identifier(method: string, value: unknown, field: string, limit: number): string {
  if (typeof value !== 'string')
    throw new NodeError('MCPHUB_PARAMS_INVALID', { method, reason: `${field} must be a string` });
  if (value.length <= limit) return value;
  const reason = `${field} has ${value.length} characters, more than the ${limit} allowed`;
  throw new NodeError('MCPHUB_PARAMS_INVALID', { method, reason });
}
