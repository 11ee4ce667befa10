/** Methods that the hub treats in a special way. */

/** Free of side effects, so a request whose fate is unknown may be sent again. */
export const SIDE_EFFECT_FREE: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'tools/list',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/read',
  'resources/templates/list',
  'completion/complete',
  'server/discover',
  'subscriptions/listen',
  'tasks/get',
]);

/** Requests that a server sends to its client; each needs a capability that the client declared. */
export const CLIENT_METHODS = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
} as const;

/** RFC 5424 severities from least to most severe (specification: server/utilities/logging). */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export function isLogLevel(value: unknown): value is LogLevel {
  return (LOG_LEVELS as readonly unknown[]).includes(value);
}
