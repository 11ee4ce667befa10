import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSafe, TLSSocket } from 'node:tls';
import { ROUTER_DEFAULTS } from '../config.ts';

/** Every read of every connection goes through it: reading and looking at what was read is one step. */
const READ_BUFFER = Buffer.allocUnsafe(64 * 1024);

/**
 * Opens a connection to an origin, which is not there yet when this returns.
 * @param onBytes gets what comes, in a buffer that is used again after the call
 * @param timeout milliseconds that opening it may take; after that it is destroyed with an error
 */
export function openSocket(origin: URL, timeout: number, onBytes: (bytes: Buffer) => void): Socket {
  const secure = origin.protocol === 'https:';
  const host = origin.hostname.replace(/^\[|\]$/g, '');
  const port = Number(origin.port) || (secure ? 443 : 80);
  const common = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: ROUTER_DEFAULTS.tcpKeepAlive };
  const socket = secure ? openSafe(common, onBytes) : openPlain(common, onBytes);
  const timer = setTimeout(
    () => socket.destroy(new Error(`no connection to ${origin.host} within ${timeout} ms`)),
    timeout,
  );
  socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(timer));
  socket.once('close', () => clearTimeout(timer));
  return socket;
}

interface Where {
  host: string;
  port: number;
  noDelay: boolean;
  keepAlive: boolean;
  keepAliveInitialDelay: number;
}

function openPlain(where: Where, onBytes: (bytes: Buffer) => void): Socket {
  const callback = (length: number) => {
    onBytes(READ_BUFFER.subarray(0, length));
    return true;
  };
  return connectPlain({ ...where, onread: { buffer: READ_BUFFER, callback } });
}

function openSafe(where: Where, onBytes: (bytes: Buffer) => void): Socket {
  const servername = isIP(where.host) === 0 ? { servername: where.host } : {};
  return connectSafe({ ...where, ...servername, ALPNProtocols: ['http/1.1'] }).on('data', onBytes);
}

/** Ends a connection such that nothing of what is under way on it arrives later, when a broken network is whole again. */
export function cutSocket(socket: Socket): void {
  // Only plain ones can be reset.
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}
