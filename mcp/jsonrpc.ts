/** JSON-RPC 2.0 messages as MCP uses them (specification: basic, "Messages"). */

import { isObject, parseMessage } from './json.ts';
import { isRawNumber, plainNumber, type RawNumber } from './numbers.ts';

/** MCP forbids `null` ids in requests; ids are unique per sender. They go back as they were written. */
export type RequestId = string | number | RawNumber;

/** Most messages of one batch. */
export const MAX_BATCH = 1_000;

export interface JsonRpcRequest {
  jsonrpc: '2.0';
  id: RequestId;
  method: string;
  params?: Record<string, unknown> | undefined;
}

export interface JsonRpcNotification {
  jsonrpc: '2.0';
  method: string;
  params?: Record<string, unknown> | undefined;
}

export interface JsonRpcErrorObject {
  code: number;
  message: string;
  data?: unknown;
}

export interface JsonRpcResult {
  jsonrpc: '2.0';
  id: RequestId;
  result: Record<string, unknown>;
}

export interface JsonRpcFailure {
  jsonrpc: '2.0';
  id: RequestId | null;
  error: JsonRpcErrorObject;
}

export type JsonRpcResponse = JsonRpcResult | JsonRpcFailure;
export type JsonRpcMessage = JsonRpcRequest | JsonRpcNotification | JsonRpcResponse;

export function isId(value: unknown): value is RequestId {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value)) || isRawNumber(value);
}

/** What stands for an id in tables: the same for ids that are written alike, and another one for every other, 1 and "1" among them. */
export function idKey(id: RequestId): string | number {
  if (typeof id === 'number') return id;
  return typeof id === 'string' ? `"${id}` : id.rawJSON;
}

/** Whether something is that id again, as in a cancellation. */
export function isSameId(id: RequestId, other: unknown): boolean {
  return isId(other) && idKey(other) === idKey(id);
}

function hasValidParams(message: Record<string, unknown>): boolean {
  return message.params === undefined || isObject(message.params);
}

export function isRequest(message: unknown): message is JsonRpcRequest {
  return (
    isObject(message) &&
    message.jsonrpc === '2.0' &&
    typeof message.method === 'string' &&
    isId(message.id) &&
    hasValidParams(message)
  );
}

export function isNotification(message: unknown): message is JsonRpcNotification {
  return (
    isObject(message) &&
    message.jsonrpc === '2.0' &&
    typeof message.method === 'string' &&
    message.id === undefined &&
    hasValidParams(message)
  );
}

export function isResponse(message: unknown): message is JsonRpcResponse {
  if (!isObject(message) || message.jsonrpc !== '2.0' || message.method !== undefined) return false;
  if (isObject(message.error)) {
    const { code, message: text } = message.error;
    return (
      (isId(message.id) || message.id === null) && typeof plainNumber(code) === 'number' && typeof text === 'string'
    );
  }
  return isId(message.id) && isObject(message.result);
}

/** Some servers send `"error": null` beside a result; that is a result. */
export function isFailure(response: JsonRpcResponse): response is JsonRpcFailure {
  return 'error' in response && isObject(response.error);
}

/** What is wrong with something that {@link isMessage} refuses, as the end of a sentence. */
export function messageProblem(value: unknown): string {
  if (!isObject(value)) return 'it is no object';
  if (value.jsonrpc !== '2.0') return 'it lacks "jsonrpc":"2.0"';
  if (value.method === undefined) return 'it has neither a "method" nor an "id" with a "result" or an "error"';
  if (typeof value.method !== 'string') return '"method" is no text';
  if (value.id !== undefined && !isId(value.id)) return `"id" is ${kindOf(value.id)}, neither a text nor a number`;
  return `"params" is ${kindOf(value.params)}; send an object, or leave it out`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${isRawNumber(value) ? 'number' : typeof value}`;
}

/** True for any message this module knows; everything else is an invalid request (-32600). */
export function isMessage(message: unknown): message is JsonRpcMessage {
  return isRequest(message) || isNotification(message) || isResponse(message);
}

export function request(id: RequestId, method: string, params?: Record<string, unknown>): JsonRpcRequest {
  return params === undefined ? { jsonrpc: '2.0', id, method } : { jsonrpc: '2.0', id, method, params };
}

export function notification(method: string, params?: Record<string, unknown>): JsonRpcNotification {
  return params === undefined ? { jsonrpc: '2.0', method } : { jsonrpc: '2.0', method, params };
}

export function result(id: RequestId, value: Record<string, unknown>): JsonRpcResult {
  return { jsonrpc: '2.0', id, result: value };
}

export function failure(id: RequestId | null, code: number, message: string, data?: unknown): JsonRpcFailure {
  return { jsonrpc: '2.0', id, error: data === undefined ? { code, message } : { code, message, data } };
}

/**
 * The ids of the requests in a body, for the errors that must answer them when the body cannot be served.
 * @param body the raw bytes of a POST; anything that is not JSON has no ids
 * @param maxValues see `parseMessage`
 * @returns the ids in order, as many as a batch may have; empty for notifications, responses and unreadable bodies
 */
export function requestIds(body: Uint8Array | string, maxValues?: number): RequestId[] {
  let parsed: unknown;
  try {
    parsed = parseMessage(body, maxValues);
  } catch {
    return [];
  }
  const messages = Array.isArray(parsed) ? parsed.slice(0, MAX_BATCH) : [parsed];
  return messages.filter(isRequest).map((message) => message.id);
}
