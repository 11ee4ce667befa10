import { randomUUID } from 'node:crypto';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { STATE_ID } from '../../../mcp/headers.ts';
import { textOf } from '../../support/clients.ts';
import { type CallOptions, CLIENT_INFO, CLIENT_NAME, type Driver, type MatrixClient } from './matrix-client.ts';

type Mode = 'legacy' | 'auto' | { pin: string };

class V2MatrixClient implements MatrixClient {
  readonly heard: string[] = [];
  readonly #client: Client;

  constructor(mode: Mode) {
    this.#client = new Client(CLIENT_INFO, {
      versionNegotiation: { mode },
      capabilities: { elicitation: { form: {} } },
    });
    this.#client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { name: CLIENT_NAME } }));
    this.#client.setNotificationHandler('notifications/tools/list_changed', () => void this.heard.push('tools'));
    this.#client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      this.heard.push(params.uri);
    });
  }

  async connect(url: string): Promise<this> {
    // Without sessions this is what ties the requests of a client to one process of a server.
    const requestInit = { headers: { [STATE_ID]: randomUUID() } };
    await this.#client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
    return this;
  }

  async call(name: string, args = {}, { onProgress, signal }: CallOptions = {}): Promise<string> {
    const result = await this.#client.callTool(
      { name, arguments: args },
      {
        ...(onProgress === undefined ? {} : { onprogress: ({ progress }) => onProgress(progress) }),
        ...(signal === undefined ? {} : { signal }),
      },
    );
    return textOf(result);
  }

  async toolNames(): Promise<string[]> {
    return (await this.#client.listTools()).tools.map(({ name }) => name);
  }

  async followTools(): Promise<void> {
    if (this.#client.getProtocolEra() === 'modern') await this.#client.listen({ toolsListChanged: true });
  }

  async followResource(uri: string): Promise<void> {
    if (this.#client.getProtocolEra() !== 'modern') await this.#client.subscribeResource({ uri });
    else await this.#client.listen({ resourceSubscriptions: [uri] });
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

function driver(title: string, mode: Mode): Driver {
  return { title, cannot: {}, open: (base, route) => new V2MatrixClient(mode).connect(`${base}/mcp${route}`) };
}

export const V2_LEGACY = driver('SDK v2, legacy', 'legacy');
export const V2_AUTO = driver('SDK v2, auto', 'auto');
export const V2_PINNED = driver('SDK v2, pinned to 2026-07-28', { pin: '2026-07-28' });
