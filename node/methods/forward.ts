import type { Hosted } from '../hosts.ts';
import type { Hub } from '../hub.ts';
import type { Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';

/** Sends a client's request on to a server and brings its answer back. */
export async function forward(
  hub: Hub,
  call: Call,
  hosted: Hosted,
  params: Record<string, unknown> | undefined,
): Promise<Outcome> {
  const connection = await hub.connect(call.session, hosted);
  const { onProgress } = call;
  return connection.request(call.method, params, {
    owner: call,
    signal: call.signal,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}
