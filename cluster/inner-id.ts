import { createHash, randomBytes } from 'node:crypto';
import type { ClientCapabilities } from '../mcp/capabilities.ts';
import { LEGACY_REVISIONS, type LegacyRevision } from '../mcp/revisions.ts';

export type { ClientCapabilities } from '../mcp/capabilities.ts';

/**
 * The session id that a node mints. It carries what any other node needs to re-create the session:
 * base64url of version (1 byte), revision (1), client capabilities (1), creation time in s (5), random (10), binding (6).
 */
export interface InnerId {
  revision: LegacyRevision;
  capabilities: ClientCapabilities;
  /** Epoch milliseconds, whole seconds. */
  createdAt: number;
}

/** Whom and what a session is for. Its id says so, so that no other principal can have it re-created, or ended, as its own. */
export interface InnerBinding {
  target: string;
  /** As `SessionNote.principal`. */
  principal: string;
}

/** 1 had no binding. */
const VERSION = 2;
const BYTES = 24;
const RANDOM_START = 8;
const BINDING_START = 18;
/** The first character of an inner id that stands for random bits and the binding alone. */
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

/** What tells one session of ours from all others in payloads and tables: the random bits of its inner id, but for 8, and the binding. */
export function sessionKey(inner: string): string {
  return inner.slice(KEY_START);
}

/** A new id with 80 random bits. */
export function mintInnerId(id: InnerId, binding: InnerBinding): string {
  const bytes = Buffer.alloc(BYTES);
  bytes[0] = VERSION;
  bytes[1] = LEGACY_REVISIONS.indexOf(id.revision);
  bytes[2] = encodeCapabilities(id.capabilities);
  bytes.writeUIntBE(Math.floor(id.createdAt / 1000), 3, 5);
  randomBytes(BINDING_START - RANDOM_START).copy(bytes, RANDOM_START);
  bindingOf(bytes, binding).copy(bytes, BINDING_START);
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

/** Whether a node of ours made this id for this principal and target. */
export function isBoundTo(inner: string, binding: InnerBinding): boolean {
  if (readInnerId(inner) === undefined) return false;
  const bytes = Buffer.from(inner, 'base64url');
  return bytes.subarray(BINDING_START).equals(bindingOf(bytes, binding));
}

/**
 * Needs no secret: whoever changes whom an id is for has another id, since the random bits count too. That others do not use an id that
 * they have come by is what keys, and the mac of the coordinator, are for.
 */
function bindingOf(bytes: Buffer, { target, principal }: InnerBinding): Buffer {
  const hash = createHash('sha256').update(bytes.subarray(RANDOM_START, BINDING_START));
  for (const part of [target, principal]) hash.update(`${part.length}:${part}`);
  return hash.digest().subarray(0, BYTES - BINDING_START);
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
