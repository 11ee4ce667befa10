import { randomUUID } from 'node:crypto';
import type { Client as ClientV2 } from '@modelcontextprotocol/client';
import type { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { expect } from 'chai';
import { connectV1, connectV2, textOf } from '../support/clients.ts';
import { type Cluster, everything, hosting, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

const CAPABILITIES = { sampling: {}, elicitation: {}, roots: {} };

describe('a server on another node', () => {
  let cluster: Cluster;
  const clients: { close(): Promise<void> }[] = [];
  before(async function () {
    this.timeout(60_000);
    cluster = await startCluster({
      nodes: [
        { settings: hosting({ left: everything() }) },
        { settings: hosting({ right: everything({ perSessionClient: true }), shared: everything() }) },
      ],
    });
  });
  after(async function () {
    this.timeout(30_000);
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await cluster?.stop();
  });

  async function legacy(target = ''): Promise<ClientV1> {
    const client = await connectV1(`${cluster.url}/mcp${target}`, {
      capabilities: CAPABILITIES,
      prepare: (fresh) => {
        fresh.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }));
        fresh.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///here', name: 'here' }] }));
        fresh.setRequestHandler(CreateMessageRequestSchema, () => ({
          role: 'assistant',
          model: 'test',
          content: { type: 'text', text: 'sampled' },
        }));
      },
    });
    clients.push(client);
    return client;
  }

  async function modern(): Promise<ClientV2> {
    const client = await connectV2(`${cluster.url}/mcp`, 'modern', {
      capabilities: CAPABILITIES,
      headers: { 'x-mcphub-state-id': randomUUID() },
    });
    client.setRequestHandler('sampling/createMessage', () => ({
      role: 'assistant',
      model: 'test',
      content: { type: 'text', text: 'sampled' },
    }));
    client.setRequestHandler('roots/list', () => ({ roots: [] }));
    clients.push(client);
    return client;
  }

  const prefixes = async (client: ClientV1 | ClientV2) =>
    [...new Set((await client.listTools()).tools.map(({ name }) => name.split('-')[0]))].sort().join();

  it('is not missing on the route of all servers, whichever node the client is on', async () => {
    for (let round = 0; round < 4; round++) {
      for (const client of [await legacy(), await modern()]) {
        await until(async () => (await prefixes(client)) === 'left,right,shared');
        for (const server of ['left', 'right', 'shared']) {
          const result = await client.callTool({ name: `${server}-echo`, arguments: { message: server } });
          expect(textOf(result)).to.equal(`Echo: ${server}`);
        }
      }
    }
  });

  it('is not cut off from the client: progress, sampling and roots cross the hop', async () => {
    for (let round = 0; round < 2; round++) {
      const client = await legacy();
      await until(async () => (await prefixes(client)) === 'left,right,shared');
      const seen: number[] = [];
      await client.callTool(
        { name: 'right-trigger-long-running-operation', arguments: { duration: 0.2, steps: 4 } },
        undefined,
        { onprogress: ({ progress }) => void seen.push(progress) },
      );
      expect(seen.length).to.be.greaterThan(1);
      const sampled = await client.callTool({
        name: 'right-trigger-sampling-request',
        arguments: { prompt: 'p', maxTokens: 5 },
      });
      expect(textOf(sampled)).to.contain('sampled');
    }
  });

  it('does not ask a modern client in vain', async () => {
    for (let round = 0; round < 2; round++) {
      const client = await modern();
      await until(async () => (await prefixes(client)) === 'left,right,shared');
      const sampled = await client.callTool({
        name: 'right-trigger-sampling-request',
        arguments: { prompt: 'p', maxTokens: 5 },
      });
      expect(textOf(sampled)).to.contain('sampled');
    }
  });
});

describe('a resource of a server on another node', () => {
  let cluster: Cluster;
  before(async function () {
    this.timeout(60_000);
    cluster = await startCluster({
      nodes: [{ settings: hosting({ other: script('hub-echo') }) }, { settings: hosting({ every: everything() }) }],
    });
  });
  after(async function () {
    this.timeout(30_000);
    await cluster?.stop();
  });

  const uri = 'demo://resource/dynamic/text/1';

  it('does not change unheard, whichever node the session is on', async function () {
    this.timeout(60_000);
    for (let round = 0; round < 4; round++) {
      const client = await connectV1(`${cluster.url}/mcp`);
      const updated: string[] = [];
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void updated.push(params.uri));
      await until(async () => (await client.listTools()).tools.some(({ name }) => name === 'every-echo'));
      await client.subscribeResource({ uri });
      await client.callTool({ name: 'every-toggle-subscriber-updates', arguments: {} });
      await until(() => updated.includes(uri), 15_000);
      await client.callTool({ name: 'every-toggle-subscriber-updates', arguments: {} });
      await client.close();
    }
  });

  it('does not change unheard by a modern client that listens', async function () {
    this.timeout(60_000);
    for (let round = 0; round < 4; round++) {
      const client = await connectV2(`${cluster.url}/mcp`, 'modern');
      const updated: string[] = [];
      client.setNotificationHandler('notifications/resources/updated', ({ params }) => void updated.push(params.uri));
      await client.listen({ resourceSubscriptions: [uri] });
      await client.callTool({ name: 'every-toggle-subscriber-updates', arguments: {} });
      await until(() => updated.includes(uri), 15_000);
      await client.callTool({ name: 'every-toggle-subscriber-updates', arguments: {} });
      await client.close();
    }
  });
});
