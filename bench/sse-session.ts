import { Client } from 'undici';
import { createSseReader, type SseEvent } from '../mcp/sse.ts';
import { HEADERS, INITIALIZE, type Reply, type Session, sessionOf } from './session.ts';

type Result = NonNullable<Reply['result']>;

/** Opens a session over HTTP+SSE of 2024-11-05: one connection for the stream of answers, one for the messages. */
export async function openSseSession(url: string): Promise<Session> {
  const { origin, pathname } = new URL(url);
  const [stream, messages] = [new Client(origin, { bodyTimeout: 0 }), new Client(origin)];
  const waiting = new Map<number, { resolve(result: Result): void; reject(error: Error): void }>();
  const endpoint = Promise.withResolvers<string>();
  let lastId = 0;

  function onEvent({ event, data }: SseEvent): void {
    if (event === 'endpoint') return endpoint.resolve(data);
    const { id = 0, result, error } = JSON.parse(data) as Reply;
    const asked = waiting.get(id);
    waiting.delete(id);
    if (result === undefined) asked?.reject(new Error(error?.message ?? 'no result'));
    else asked?.resolve(result);
  }

  const response = await stream.request({ path: pathname, method: 'GET', headers: { accept: 'text/event-stream' } });
  if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode} for the event stream`);
  const reader = createSseReader(onEvent);
  response.body.setEncoding('utf8').on('data', (text: string) => reader.push(text));
  response.body.on('error', (error) => {
    for (const { reject } of waiting.values()) reject(error);
  });
  const path = await endpoint.promise;

  async function post(message: object): Promise<void> {
    const answer = await messages.request({ path, method: 'POST', headers: HEADERS, body: JSON.stringify(message) });
    await answer.body.dump();
    if (answer.statusCode !== 202) throw new Error(`HTTP ${answer.statusCode} for a message`);
  }
  async function ask(method: string, params: object): Promise<Result> {
    const id = ++lastId;
    const result = new Promise<Result>((resolve, reject) => waiting.set(id, { resolve, reject }));
    await post({ jsonrpc: '2.0', id, method, params });
    return result;
  }

  await ask('initialize', INITIALIZE);
  await post({ jsonrpc: '2.0', method: 'notifications/initialized' });
  return sessionOf(ask, async () => {
    await Promise.all([stream.destroy(), messages.close()]);
  });
}
