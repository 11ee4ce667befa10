import type { Clock, KubeConfig, KubeCredentials } from './contract.ts';

/** Milliseconds for which credentials are kept before files are read again. */
const CREDENTIALS_AGE = 30_000;

/**
 * Keeps credentials for 30 s. When they cannot be read, the last ones serve on: a file that is just being replaced
 * must not fail a call.
 */
export function cached(clock: Clock, load: (fresh: boolean) => Promise<KubeCredentials>): KubeConfig['credentials'] {
  let last: { credentials: KubeCredentials; at: number } | undefined;
  return async (fresh = false) => {
    if (!fresh && last !== undefined && clock.monotonic() - last.at < CREDENTIALS_AGE) return last.credentials;
    const at = clock.monotonic();
    try {
      last = { credentials: await load(fresh), at };
    } catch (error) {
      if (last === undefined || fresh) throw error;
    }
    return last.credentials;
  };
}
