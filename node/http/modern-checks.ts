import type { IncomingHttpHeaders } from 'node:http';
import { decodeHeaderValue } from '../../mcp/header-value.ts';
import { MCP_METHOD, MCP_NAME, PROTOCOL_VERSION } from '../../mcp/headers.ts';
import { isRequest, isResponse, type JsonRpcMessage, type JsonRpcRequest } from '../../mcp/jsonrpc.ts';
import { claimedRevision, type Envelope, MODERN_REVISIONS, mcpName, readEnvelope } from '../../mcp/modern.ts';
import { isModernRevision } from '../../mcp/revisions.ts';
import { NodeError } from '../node-error.ts';
import type { Body } from './messages.ts';

/**
 * Whether a body is of 2026-07-28 or later: it says so itself, or its header does. `initialize` without a valid envelope opens a
 * session of an older revision (2026-07-28, basic/transports/streamable-http, "Earlier Revisions").
 * @throws NodeError MCPHUB_BAD_BATCH or MCPHUB_HEADER_MISMATCH
 */
export function isModern({ messages, batch }: Body, headers: IncomingHttpHeaders): boolean {
  const claims = messages.some((message) => 'method' in message && claimedRevision(message.params) !== undefined);
  if (batch) {
    if (claims) throw new NodeError('MCPHUB_BAD_BATCH', { reason: 'requests of 2026-07-28 cannot be part of a batch' });
    return false;
  }
  const named = isModernRevision(header(headers, PROTOCOL_VERSION));
  const [message] = messages;
  if (message === undefined || !isRequest(message) || message.method !== 'initialize') return claims || named;
  const envelope = readEnvelope(message.params);
  if (typeof envelope !== 'string' && isModernRevision(envelope.revision)) return true;
  if (!named) return false;
  throw mismatch('initialize belongs to older revisions, but MCP-Protocol-Version names a newer one');
}

/**
 * The one message of a modern POST.
 * @returns undefined for a notification, which is accepted and has no effect: a response is cancelled by closing it
 * @throws NodeError
 */
export function modernRequest({ messages }: Body): JsonRpcRequest | undefined {
  const [message] = messages as [JsonRpcMessage];
  if (isResponse(message))
    throw new NodeError('MCPHUB_BAD_MESSAGE', { reason: 'there is nothing to answer in 2026-07-28' });
  return isRequest(message) ? message : undefined;
}

/**
 * The checks of 2026-07-28 in the order of the specification: envelope, headers against body, revision.
 * @throws NodeError MCPHUB_ENVELOPE_INVALID, MCPHUB_HEADER_MISMATCH or MCPHUB_REVISION_UNSUPPORTED
 */
export function checkModern({ method, params }: JsonRpcRequest, headers: IncomingHttpHeaders): Envelope {
  const envelope = readEnvelope(params);
  if (typeof envelope === 'string') throw new NodeError('MCPHUB_ENVELOPE_INVALID', { reason: envelope });
  checkHeader(headers, PROTOCOL_VERSION, 'protocol version', envelope.revision);
  checkHeader(headers, MCP_METHOD, 'method', method);
  const name = mcpName(method, params);
  if (name !== undefined) checkName(headers, name);
  if (!MODERN_REVISIONS.includes(envelope.revision)) throw unsupported(envelope.revision);
  return envelope;
}

function checkHeader(headers: IncomingHttpHeaders, name: string, what: string, expected: string): void {
  const given = header(headers, name);
  if (given === undefined) throw mismatch(`the header ${name} is missing; the body names the ${what} '${expected}'`);
  if (given !== expected)
    throw mismatch(`the header ${name} says '${given}', the body names the ${what} '${expected}'`);
}

function checkName(headers: IncomingHttpHeaders, expected: string): void {
  const given = header(headers, MCP_NAME);
  if (given === undefined) throw mismatch(`the header ${MCP_NAME} is missing; the body names '${expected}'`);
  const decoded = decodeHeaderValue(given);
  if (decoded === undefined) throw mismatch(`the header ${MCP_NAME} is not valid base64 of UTF-8`);
  if (decoded !== expected) throw mismatch(`the header ${MCP_NAME} says '${decoded}', the body names '${expected}'`);
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value.trim() : undefined;
}

function mismatch(reason: string): NodeError {
  return new NodeError('MCPHUB_HEADER_MISMATCH', { reason });
}

function unsupported(requested: string): NodeError {
  return new NodeError('MCPHUB_REVISION_UNSUPPORTED', { requested }, { supported: [...MODERN_REVISIONS], requested });
}
