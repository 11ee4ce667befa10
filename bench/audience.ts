import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { modernBody, modernHeaders } from './modern-session.ts';

/** Many open `subscriptions/listen`, each on a connection of its own. */
export interface Audience {
  /** Resolves when every stream has had one more notification of the method. */
  all(method: string): Promise<void>;
  close(): void;
}

/** Opens them, some at a time, and waits until each is acknowledged. */
export async function openAudience(url: string, count: number): Promise<Audience> {
  const requests: ClientRequest[] = [];
  const waiting = new Set<(method: string) => void>();

  function tell(method: string, acknowledged: () => void): void {
    if (method.endsWith('acknowledged')) acknowledged();
    else for (const heard of waiting) heard(method);
  }

  function open(id: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const sent = request(url, { method: 'POST', agent: false, headers: modernHeaders('subscriptions/listen') });
      requests.push(sent);
      sent.on('error', reject);
      sent.on('response', (response: IncomingMessage) => {
        if (response.statusCode !== 200) reject(new Error(`HTTP ${response.statusCode} for subscriptions/listen`));
        response.setEncoding('utf8').on('error', reject);
        response.on('data', (text: string) => {
          for (const method of methodsIn(text)) tell(method, resolve);
        });
      });
      sent.end(modernBody(id, 'subscriptions/listen', { notifications: { toolsListChanged: true } }));
    });
  }

  for (let id = 0; id < count; id += 50) await Promise.all(Array.from({ length: 50 }, (_, n) => open(id + n)));
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

function methodsIn(text: string): string[] {
  return Array.from(text.matchAll(/"method":"([^"]+)"/g), ([, method = '']) => method);
}
