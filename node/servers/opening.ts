import type { ClientCapabilities } from '../../mcp/capabilities.ts';
import { isObject } from '../../mcp/json.ts';
import { shownAs } from '../../mcp/numbers.ts';
import type { Channel } from './channel.ts';
import type { Outcome } from './contract.ts';
import { settlesWithin } from './within.ts';

export interface ImplementationInfo {
  name: string;
  version: string;
  [key: string]: unknown;
}

/** What a server said about itself in its first answer. */
export interface ServerFacts {
  protocolVersion: string;
  capabilities: Record<string, unknown>;
  serverInfo: ImplementationInfo;
  instructions?: string;
}

export interface Introduction {
  /** The server's name in the settings. */
  name: string;
  clientInfo: ImplementationInfo;
  capabilities: ClientCapabilities;
  /** Milliseconds for opening the channel and for the answer together. */
  timeout: number;
}

/** Sends the first request of a connection. */
export type Ask = (params: Record<string, unknown>, timeout: number) => Promise<Outcome>;

/**
 * Opens a channel and asks the first question, within one time for both.
 * @throws Error with a sentence when the channel cannot be opened in time
 */
export async function askFirst(
  channel: Channel,
  ask: Ask,
  params: Record<string, unknown>,
  { name, timeout }: Introduction,
): Promise<Outcome> {
  const began = performance.now();
  if (!(await settlesWithin(channel.open(), timeout))) {
    throw new Error(`server '${name}' could not be reached within ${timeout / 1000} s`);
  }
  return ask(params, Math.max(1, timeout - (performance.now() - began)));
}

/** The facts of an answer whose revision is known; what a server leaves out or writes otherwise is empty. */
export function factsOf(
  name: string,
  protocolVersion: string,
  said: { capabilities?: unknown; serverInfo?: unknown; instructions?: unknown },
): ServerFacts {
  const { capabilities, serverInfo, instructions } = said;
  const info = isObject(serverInfo) ? serverInfo : {};
  return {
    protocolVersion,
    capabilities: isObject(capabilities) ? capabilities : {},
    serverInfo: { ...info, name: shownAs(info.name ?? name), version: shownAs(info.version ?? '') },
    ...(typeof instructions === 'string' ? { instructions } : {}),
  };
}
