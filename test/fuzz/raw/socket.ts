import { connect } from 'node:net';

/** What came back on a connection. */
export interface Heard {
  /** Undefined when the connection closed without a response. */
  status: number | undefined;
  /** In lower case. */
  head: string;
  /** As far as it came; an open event stream is not waited for. */
  body: string;
}

/** How long a request that may be unfinished is waited for before its sender hangs up. Milliseconds. */
const PATIENCE = 20;

/**
 * Sends bytes on a connection of their own and listens for the response.
 * @param patient false: hangs up its side when no answer comes, as a client does that has sent nonsense
 * @param bound milliseconds after which it rejects
 */
export function sendRaw(port: number, bytes: Buffer, patient: boolean, bound: number): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let text = '';
    const timers = [setTimeout(() => finish(() => reject(new Error(`no answer within ${bound} ms: ${text}`))), bound)];
    const headOnly = /^HEAD /.test(bytes.toString('latin1', 0, 5));
    function finish(settle: () => void): void {
      for (const timer of timers) clearTimeout(timer);
      socket.destroy();
      settle();
    }
    socket.setEncoding('latin1');
    socket.on('connect', () => {
      socket.write(bytes);
      if (!patient) timers.push(setTimeout(() => socket.end(), PATIENCE));
    });
    socket.on('data', (chunk: string) => {
      text += chunk;
      const heard = heardIn(text);
      if (heard !== undefined && isWhole(heard, headOnly)) finish(() => resolve(heard));
    });
    // A reset is how a connection closes whose bytes were not all read.
    socket.on('error', () => {});
    socket.on('close', () => finish(() => resolve(heardIn(text) ?? { status: undefined, head: '', body: text })));
  });
}

/** The first response that is final. */
function heardIn(text: string): Heard | undefined {
  const end = text.indexOf('\r\n\r\n');
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
  if (end < 0 || status === undefined) return undefined;
  if (status.startsWith('1')) return heardIn(text.slice(end + 4));
  return { status: Number(status), head: text.slice(0, end).toLowerCase(), body: text.slice(end + 4) };
}

function isWhole({ status, head, body }: Heard, headOnly: boolean): boolean {
  if (headOnly || status === 204 || status === 304 || head.includes('text/event-stream')) return true;
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  if (length !== undefined) return body.length >= Number(length);
  return head.includes('chunked') && body.endsWith('0\r\n\r\n');
}
