import { randomBytes } from 'node:crypto';
import type { ClientCapabilities } from '../mcp/capabilities.ts';
import { LEGACY_REVISIONS, type LegacyRevision } from '../mcp/revisions.ts';

export type { ClientCapabilities } from '../mcp/capabilities.ts';

/**
 * The session id that a node mints. It carries what any other node needs to re-create the session:
 * base64url of version (1 byte), revision (1), client capabilities (1), creation time in s (5), random (16).
 */
export interface InnerId {
  revision: LegacyRevision;
  capabilities: ClientCapabilities;
  /** Epoch milliseconds, whole seconds. */
  createdAt: number;
}

const VERSION = 1;
const BYTES = 24;
/** The first character of an inner id that stands for random bits alone. */
const KEY_START = 12;
const BIT = {
  sampling: 1,
  samplingTools: 2,
  samplingContext: 4,
  elicitation: 8,
  elicitationUrl: 16,
  roots: 32,
  rootsListChanged: 64,
  /** The client takes URLs but no forms; `elicitation: {}` alone means forms (2025-11-25, client/elicitation). */
  elicitationUrlOnly: 128,
} as const;

/** What tells one session of ours from all others in payloads and tables: 120 of the random bits of its inner id. */
export function sessionKey(inner: string): string {
  return inner.slice(KEY_START);
}

/** A new id with 128 random bits. */
export function mintInnerId(id: InnerId): string {
  const bytes = Buffer.alloc(BYTES);
  bytes[0] = VERSION;
  bytes[1] = LEGACY_REVISIONS.indexOf(id.revision);
  bytes[2] = encodeCapabilities(id.capabilities);
  bytes.writeUIntBE(Math.floor(id.createdAt / 1000), 3, 5);
  randomBytes(16).copy(bytes, 8);
  return bytes.toString('base64url');
}

/** What an inner id says, or undefined when no node of ours made it. */
export function readInnerId(text: string): InnerId | undefined {
  if (!/^[A-Za-z0-9_-]{32}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  const revision = LEGACY_REVISIONS[bytes[1] ?? -1];
  if (bytes[0] !== VERSION || revision === undefined) return undefined;
  return { revision, capabilities: decodeCapabilities(bytes[2] ?? 0), createdAt: bytes.readUIntBE(3, 5) * 1000 };
}

function encodeCapabilities(capabilities: ClientCapabilities): number {
  const { sampling, elicitation, roots } = capabilities;
  let bits = 0;
  if (sampling) bits |= BIT.sampling;
  if (sampling?.tools) bits |= BIT.samplingTools;
  if (sampling?.context) bits |= BIT.samplingContext;
  if (elicitation) bits |= BIT.elicitation;
  if (elicitation?.url) bits |= BIT.elicitationUrl;
  if (elicitation?.url && !elicitation.form) bits |= BIT.elicitationUrlOnly;
  if (roots) bits |= BIT.roots;
  if (roots?.listChanged) bits |= BIT.rootsListChanged;
  return bits;
}

function decodeCapabilities(bits: number): ClientCapabilities {
  const capabilities: ClientCapabilities = {};
  if (bits & BIT.sampling) {
    capabilities.sampling = {
      ...(bits & BIT.samplingTools ? { tools: {} } : {}),
      ...(bits & BIT.samplingContext ? { context: {} } : {}),
    };
  }
  if (bits & BIT.elicitation) {
    capabilities.elicitation = {
      ...(bits & BIT.elicitationUrl && !(bits & BIT.elicitationUrlOnly) ? { form: {} } : {}),
      ...(bits & BIT.elicitationUrl ? { url: {} } : {}),
    };
  }
  if (bits & BIT.roots) capabilities.roots = bits & BIT.rootsListChanged ? { listChanged: true } : {};
  return capabilities;
}
