import type { ClientCapabilities } from '../../cluster/inner-id.ts';
import { isLegacyRevision, LATEST_LEGACY_REVISION, LEGACY_REVISIONS } from '../../mcp/revisions.ts';
import type { Channel } from './channel.ts';
import type { Outcome } from './connection.ts';
import { NOT_DELIVERED } from './errors.ts';
import { settlesWithin } from './within.ts';

export interface ImplementationInfo {
  name: string;
  version: string;
  [key: string]: unknown;
}

/** What a server said about itself in its answer to `initialize`. */
export interface ServerFacts {
  protocolVersion: string;
  capabilities: Record<string, unknown>;
  serverInfo: ImplementationInfo;
  instructions?: string;
}

interface Introduction {
  /** The server's name in the settings. */
  name: string;
  clientInfo: ImplementationInfo;
  capabilities: ClientCapabilities;
  /** Milliseconds for opening the channel and for the answer together. */
  timeout: number;
}

/**
 * Opens the channel, offers our latest revision and accepts any legacy one
 * (2025-11-25, basic/lifecycle, "Version Negotiation").
 * @throws Error with a sentence that says what went wrong
 */
export async function initialize(
  channel: Channel,
  ask: (params: Record<string, unknown>, timeout: number) => Promise<Outcome>,
  introduction: Introduction,
): Promise<ServerFacts> {
  const { name, clientInfo, capabilities, timeout } = introduction;
  const began = performance.now();
  if (!(await settlesWithin(channel.open(), timeout))) {
    throw new Error(`server '${name}' could not be reached within ${timeout / 1000} s`);
  }
  const left = Math.max(1, timeout - (performance.now() - began));
  const outcome = await ask({ protocolVersion: LATEST_LEGACY_REVISION, capabilities, clientInfo }, left);
  if ('error' in outcome) throw refusal(name, outcome.error, timeout);
  return readFacts(name, outcome.result);
}

/** The server was reached and does not want to be initialized. */
export class InitializeRefusedError extends Error {}

function refusal(name: string, error: { message: string; data?: unknown }, timeout: number): Error {
  const code = (error.data as { code?: unknown } | undefined)?.code;
  const own = typeof code === 'string' && code.startsWith('MCPHUB_') && code !== 'MCPHUB_SERVER_NO_ANSWER';
  const text = explain(name, error, timeout);
  return own ? new Error(text) : new InitializeRefusedError(text);
}

function explain(name: string, error: { message: string; data?: unknown }, timeout: number): string {
  const code = (error.data as { code?: unknown } | undefined)?.code;
  if (code === 'MCPHUB_SERVER_TIMEOUT') return `server '${name}' did not answer initialize within ${timeout / 1000} s`;
  if (code === 'MCPHUB_SERVER_NOT_REACHED') return error.message.slice(NOT_DELIVERED.length);
  if (typeof code === 'string' && code.startsWith('MCPHUB_')) return error.message;
  return `server '${name}' refused initialize: ${error.message}`;
}

function readFacts(name: string, answer: Record<string, unknown>): ServerFacts {
  const { protocolVersion, capabilities, serverInfo, instructions } = answer;
  if (!isLegacyRevision(protocolVersion)) {
    const known = LEGACY_REVISIONS.join(', ');
    throw new Error(
      `server '${name}' speaks revision ${JSON.stringify(protocolVersion)}, but one of ${known} is needed`,
    );
  }
  const info = (typeof serverInfo === 'object' && serverInfo !== null ? serverInfo : {}) as Record<string, unknown>;
  return {
    protocolVersion,
    capabilities: (typeof capabilities === 'object' && capabilities !== null
      ? capabilities
      : {}) as ServerFacts['capabilities'],
    serverInfo: { ...info, name: String(info.name ?? name), version: String(info.version ?? '') },
    ...(typeof instructions === 'string' ? { instructions } : {}),
  };
}
