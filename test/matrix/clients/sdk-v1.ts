import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  ElicitRequestSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { textOf } from '../../support/clients.ts';
import { type CallOptions, CLIENT_INFO, CLIENT_NAME, type Driver, type MatrixClient } from './matrix-client.ts';

/** The client of SDK v1 over a transport. Lists and updates come without being asked for, once it is subscribed. */
export class V1MatrixClient implements MatrixClient {
  readonly heard: string[] = [];
  readonly #client = new Client(CLIENT_INFO, { capabilities: { elicitation: {} } });

  constructor() {
    this.#client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: CLIENT_NAME } }));
    this.#client.setNotificationHandler(ToolListChangedNotificationSchema, () => void this.heard.push('tools'));
    this.#client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      this.heard.push(params.uri);
    });
  }

  async connect(transport: object): Promise<this> {
    // Its optional properties are not written for exactOptionalPropertyTypes.
    await this.#client.connect(transport as Transport);
    return this;
  }

  async call(name: string, args = {}, { onProgress, signal }: CallOptions = {}): Promise<string> {
    const result = await this.#client.callTool({ name, arguments: args }, undefined, {
      ...(onProgress === undefined ? {} : { onprogress: ({ progress }) => onProgress(progress) }),
      ...(signal === undefined ? {} : { signal }),
    });
    return textOf(result);
  }

  async toolNames(): Promise<string[]> {
    return (await this.#client.listTools()).tools.map(({ name }) => name);
  }

  async followTools(): Promise<void> {}

  async followResource(uri: string): Promise<void> {
    await this.#client.subscribeResource({ uri });
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

export const V1_HTTP: Driver = {
  title: 'SDK v1, Streamable HTTP',
  cannot: {},
  open: (base, route) =>
    new V1MatrixClient().connect(new StreamableHTTPClientTransport(new URL(`${base}/mcp${route}`))),
};

export const V1_SSE: Driver = {
  title: 'SDK v1, HTTP+SSE',
  cannot: {},
  open: (base, route) => new V1MatrixClient().connect(new SSEClientTransport(new URL(`${base}/sse${route}`))),
};
