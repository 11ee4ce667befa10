import { ExitError } from './exit.ts';

/** A name that nobody knows, or an address that is none of this machine. */
const NO_ADDRESS = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAFNOSUPPORT', 'EINVAL']);

/**
 * What the operating system said about an address to listen on, as advice.
 * @param address `variable` of the environment has the port
 * @returns an ExitError with a sentence, or the error itself where there is no advice
 */
export function addressError(error: unknown, address: { host: string; port: number; variable: string }): unknown {
  const advice = adviceFor((error as NodeJS.ErrnoException).code ?? '', address);
  return advice === undefined ? error : new ExitError(advice, undefined, { cause: error });
}

function adviceFor(
  code: string,
  { host, port, variable }: { host: string; port: number; variable: string },
): string | undefined {
  if (code === 'EADDRINUSE') {
    return `port ${port} is in use on ${host}: stop the process that has it, or set ${variable} to another port (0 takes a free one)`;
  }
  if (code === 'EACCES') return `port ${port} needs privileges: set ${variable} to 1024 or above`;
  if (!NO_ADDRESS.has(code)) return undefined;
  return `this machine has no address ${host}: set HOST to one of its own, or to 0.0.0.0 for all`;
}
