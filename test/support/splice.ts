import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Passes bytes between two sockets both ways, with back-pressure and half-close. Both were opened with `allowHalfOpen`.
 * @param through makes a stream that the bytes of one direction pass, such as one that holds them back
 */
export function splice(one: Socket, other: Socket, through?: () => Duplex): void {
  pass(one, other, through?.());
  pass(other, one, through?.());
}

function pass(from: Socket, to: Socket, through: Duplex | undefined): void {
  from.on('error', ignore);
  if (through === undefined) from.pipe(to);
  else from.pipe(through).pipe(to);
  from.once('close', () => {
    // An orderly end of both directions has gone through the pipes. Any other has not; what came before it still arrives.
    if (!from.readableEnded || !to.readableEnded) to.destroySoon();
  });
}

/** `close` follows each error, and is what counts. */
function ignore(): void {}
