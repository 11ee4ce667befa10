import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { modernBody, modernHeaders } from './modern-session.ts';

/** Many open `subscriptions/listen`, each on a connection of its own. */
export interface Audience {
  /** Resolves when every stream has had one more notification of the method. */
  all(method: string): Promise<void>;
  close(): void;
}

const AT_ONCE = 50;

/** Opens them, some at a time, and waits until each is acknowledged. */
export async function openAudience(url: string, count: number): Promise<Audience> {
  const requests: ClientRequest[] = [];
  const waiting = new Set<(method: string) => void>();
  const tell = (method: string) => {
    for (const heard of waiting) heard(method);
  };
  for (let id = 0; id < count; id += AT_ONCE) {
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, count - id) }, (_, n) => open(url, id + n, requests, tell)),
    );
  }
  return {
    all(wanted) {
      let left = count;
      return new Promise((resolve) => {
        const heard = (method: string) => {
          if (method !== wanted || --left > 0) return;
          waiting.delete(heard);
          resolve();
        };
        waiting.add(heard);
      });
    },
    close() {
      for (const sent of requests) sent.destroy();
    },
  };
}

/** @param onMethod called with the method of each notification but the first, which acknowledges */
async function open(url: string, id: number, requests: ClientRequest[], onMethod: (method: string) => void) {
  const sent = request(url, { method: 'POST', agent: false, headers: modernHeaders('subscriptions/listen') });
  requests.push(sent);
  const acknowledged = new Promise<void>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response: IncomingMessage) => {
      if (response.statusCode !== 200) reject(new Error(`HTTP ${response.statusCode} for subscriptions/listen`));
      response.setEncoding('utf8').on('error', reject);
      response.on('data', (text: string) => {
        for (const method of methodsIn(text)) method.endsWith('acknowledged') ? resolve() : onMethod(method);
      });
    });
  });
  sent.end(modernBody(id, 'subscriptions/listen', { notifications: { toolsListChanged: true } }));
  await acknowledged;
}

function methodsIn(text: string): string[] {
  return Array.from(text.matchAll(/"method":"([^"]+)"/g), ([, method = '']) => method);
}
