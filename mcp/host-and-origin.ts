/** The checks that keep web pages of others away from a port (2025-11-25, basic/transports, "Security Warning"). */

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Which names a port may be called by. */
export interface HostRule {
  /** Beside those of loopback; one without a port means any port. */
  allowedHosts: readonly string[];
  /** The port is bound to loopback; on others any name will do while none is named. */
  loopbackOnly: boolean;
}

/** Whether a `Host` may be asked for: a name of somebody else may have been made to lead here (DNS rebinding). */
export function isHostAllowed(host: string, { allowedHosts, loopbackOnly }: HostRule): boolean {
  if (!loopbackOnly && allowedHosts.length === 0) return true;
  const text = host.toLowerCase();
  const name = hostName(text);
  return LOOPBACK.has(name) || allowedHosts.some((allowed) => [text, name].includes(allowed.toLowerCase()));
}

/** A host without its port. */
export function hostName(host: string): string {
  return host.replace(/:\d*$/, '');
}

/**
 * Whether web pages of an origin may ask: those of loopback, and those that are named as a whole.
 * @param allowedOrigins `*` stands for all
 */
export function isOriginAllowed(origin: string, allowedOrigins: readonly string[]): boolean {
  return allowedOrigins.includes('*') || allowedOrigins.includes(origin) || isLoopbackOrigin(origin);
}

function isLoopbackOrigin(origin: string): boolean {
  const match = /^https?:\/\/([^/:]+|\[[^\]]+\])(:\d+)?$/.exec(origin);
  return match?.[1] !== undefined && LOOPBACK.has(match[1].toLowerCase());
}

/** Whether only this machine can reach a listening address. */
export function isLoopbackAddress(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/** What a stranger sent, short enough for an answer. */
export function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}
