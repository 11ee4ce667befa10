import { ExitError } from './exit.ts';

/** A coordinator or a node: what this process starts, asks for readiness and stops. */
export interface Member {
  readonly url: string;
  start(): Promise<void>;
  stop(options?: { graceful?: boolean }): Promise<void>;
  ready(): boolean;
}

export interface ListenAddress {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** `''` or `/x`. */
  basePath: string;
}

/**
 * Starts a member, and turns what the operating system says about its address into advice.
 * @throws ExitError when the address cannot be bound
 */
export async function startMember(member: Member, { host, port }: ListenAddress): Promise<void> {
  try {
    await member.start();
  } catch (error) {
    const advice = addressAdvice((error as NodeJS.ErrnoException).code, host, port);
    throw advice === undefined ? error : new ExitError(advice, undefined, { cause: error });
  }
}

function addressAdvice(code: string | undefined, host: string, port: number): string | undefined {
  if (code === 'EADDRINUSE') {
    return `port ${port} is in use on ${host}: stop the process that has it, or set PORT to another port (0 takes a free one)`;
  }
  if (code === 'EACCES') return `port ${port} needs privileges: set PORT to 1024 or above`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `this machine has no address ${host}: set HOST to one of its own, or to 0.0.0.0 for all`;
  }
  return undefined;
}

/** The address at which a member that listens at `url` is reached from its own process. */
export function ownUrl(url: string): string {
  const own = new URL(url);
  if (own.hostname === '0.0.0.0') own.hostname = '127.0.0.1';
  if (own.hostname === '[::]') own.hostname = '[::1]';
  return own.href.replace(/\/$/, '');
}
