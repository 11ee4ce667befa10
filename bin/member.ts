import { addressError } from './address-error.ts';

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
    throw addressError(error, { host, port, variable: 'PORT' });
  }
}

/** The address at which a member that listens at `url` is reached from its own process. */
export function ownUrl(url: string): string {
  const own = new URL(url);
  if (own.hostname === '0.0.0.0') own.hostname = '127.0.0.1';
  if (own.hostname === '[::]') own.hostname = '[::1]';
  return own.href.replace(/\/$/, '');
}
