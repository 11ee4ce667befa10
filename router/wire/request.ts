import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { fieldName, isFieldValue, isMethod, isPath } from '../../mcp/field-syntax.ts';
import type { WireRequest } from './contract.ts';

/** A request that was found to be sound. */
export interface Prepared {
  /** Up to the framing of the body. */
  head: string;
  body: WireRequest['body'];
  /** Bytes of a body that is a stream, if its head tells. */
  length: number | undefined;
}

/** Bodies up to this size are sent as one text with the head: one plain write costs about half of a gathering one. */
const ONE_WRITE = 8 * 1024;

/** @throws Error when a part of the request would be taken for another part of it */
export function prepare({ method, path, headers, body }: WireRequest, host: string): Prepared {
  if (!isMethod(method)) throw new Error('the method is not sound');
  if (!isPath(path)) throw new Error('the path is not sound');
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n`;
  let length: number | undefined;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    if (fieldName(name) === undefined) throw new Error('the name of a header is not sound');
    if (!isFieldValue(value)) throw new Error(`the header ${name} is not sound`);
    if (name === 'content-length') length = Number(value);
    head += `${name}: ${value}\r\n`;
  }
  return { head: head + framing(method, body, length), body, length };
}

/** The end of the head (RFC 9112, section 6). */
function framing(method: string, body: WireRequest['body'], length: number | undefined): string {
  if (body === null) return method === 'POST' ? 'content-length: 0\r\n\r\n' : '\r\n';
  if (Buffer.isBuffer(body)) return `content-length: ${body.length}\r\n\r\n`;
  return length === undefined ? 'transfer-encoding: chunked\r\n\r\n' : '\r\n';
}

/**
 * Writes a request.
 * @param onWritten called when all of it has been handed over; a stream that breaks off destroys the socket
 */
export function writeRequest(socket: Socket, { head, body, length }: Prepared, onWritten: () => void): void {
  if (body !== null && !Buffer.isBuffer(body)) {
    socket.write(head, 'latin1');
    return writeStream(socket, body, length, onWritten);
  }
  if (body === null) socket.write(head, 'latin1');
  else if (body.length <= ONE_WRITE) socket.write(head + body.toString('latin1'), 'latin1');
  else {
    socket.cork();
    socket.write(head, 'latin1');
    socket.write(body);
    socket.uncork();
  }
  onWritten();
}

function writeStream(socket: Socket, body: Readable, length: number | undefined, onWritten: () => void): void {
  let left = length;
  const resume = () => body.resume();
  const fail = () => socket.destroy(new Error('the body of the request broke off'));
  const finish = () => {
    body.off('data', write).off('end', end).off('error', fail).off('close', fail);
    socket.off('drain', resume).off('close', finish);
  };
  const write = (chunk: Buffer) => {
    if (left !== undefined) left -= chunk.length;
    if (left !== undefined && left < 0) return fail();
    if (!writePart(socket, chunk, left === undefined)) body.pause();
  };
  const end = () => {
    finish();
    if (left !== undefined && left !== 0) return fail();
    if (left === undefined) socket.write('0\r\n\r\n', 'latin1');
    onWritten();
  };
  if (body.destroyed) return void fail();
  socket.on('drain', resume).on('close', finish);
  body.on('error', fail).on('close', fail).on('end', end).on('data', write);
}

/** @returns whether the socket takes more at once */
function writePart(socket: Socket, chunk: Buffer, chunked: boolean): boolean {
  if (!chunked) return socket.write(chunk);
  socket.cork();
  socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
  socket.write(chunk);
  const takesMore = socket.write('\r\n', 'latin1');
  socket.uncork();
  return takesMore;
}
