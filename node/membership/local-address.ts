import { connect } from 'node:net';
import { CONFIG } from '../config.ts';

/**
 * The address of this machine from which it reaches a coordinator, in URL form: the one at which the coordinator
 * reaches it, whatever its host name resolves to.
 * @throws the connection's error when the coordinator cannot be reached
 */
export function localAddressTowards(url: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port, timeout: CONFIG.membershipTimeout });
    socket.once('connect', () => {
      const address = socket.localAddress ?? '127.0.0.1';
      socket.destroy();
      resolve(address.includes(':') ? `[${address}]` : address);
    });
    socket.once('timeout', () =>
      socket.destroy(new Error(`no connection to ${url.host} within ${CONFIG.membershipTimeout} ms`)),
    );
    socket.once('error', reject);
  });
}
