import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  type Progress,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { expect } from 'chai';
import { closeSockets, connectV1, textOf } from '../support/clients.ts';
import { type Cluster, everything, startCluster } from '../support/cluster.ts';

type Client = Awaited<ReturnType<typeof connectV1>>;

/** A client with everything that a server may ask of it. Its name is in all its answers. */
async function capable(url: string, name: string): Promise<Client> {
  return connectV1(url, {
    capabilities: { sampling: {}, elicitation: { form: {} }, roots: { listChanged: true } },
    prepare: (client) => {
      client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => {
        const asked = params.messages[0]?.content;
        const heard = asked !== undefined && 'text' in asked ? asked.text : '';
        return { model: name, role: 'assistant', content: { type: 'text', text: `${name} heard ${heard}` } };
      });
      client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name } }));
      client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: `file:///${name}`, name }] }));
    },
  });
}

describe('what servers ask and say, through coordinator and node', function () {
  this.timeout(30_000);
  let cluster: Cluster;

  before(async () => {
    const mcpServers = { own: everything({ perSessionClient: true }), shared: everything() };
    cluster = await startCluster({ nodes: [{ settings: { mcpServers } }] });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  for (const transport of ['mcp', 'sse']) {
    it(`asks the client that called, and no other, for sampling, elicitation and roots (/${transport})`, async () => {
      const clients = await Promise.all(['ann', 'bob'].map((name) => capable(`${cluster.url}/${transport}/own`, name)));
      await Promise.all(
        clients.map(async (client, i) => {
          const name = ['ann', 'bob'][i] as string;
          const sampled = await client.callTool({
            name: 'trigger-sampling-request',
            arguments: { prompt: `hello ${name}`, maxTokens: 10 },
          });
          expect(textOf(sampled)).to.contain(`${name} heard Resource trigger-sampling-request context: hello ${name}`);
          const elicited = await client.callTool({ name: 'trigger-elicitation-request' });
          expect(JSON.stringify(elicited.content)).to.contain(`Name: ${name}`);
          expect(textOf(await client.callTool({ name: 'get-roots-list' }))).to.contain(`file:///${name}`);
        }),
      );
      await Promise.all(clients.map((client) => client.close()));
    });
  }

  it('does not offer tools that need a capability which the client lacks', async () => {
    const plain = await connectV1(`${cluster.url}/mcp/own`);
    const able = await capable(`${cluster.url}/mcp/own`, 'able');
    const names = async (client: Client) => (await client.listTools()).tools.map(({ name }) => name);
    expect(await names(plain)).not.to.include.members(['trigger-sampling-request']);
    expect(await names(able)).to.include.members(['trigger-sampling-request', 'get-roots-list']);
    // A shared process cannot know whom it would ask.
    const shared = await capable(`${cluster.url}/mcp/shared`, 'shared');
    expect(await names(shared)).not.to.include.members(['trigger-sampling-request']);
    await Promise.all([plain, able, shared].map((client) => client.close()));
  });

  for (const server of ['own', 'shared']) {
    it(`does not lose progress, completions or prompts (${server})`, async () => {
      const client = await connectV1(`${cluster.url}/mcp/${server}`);
      const steps: Progress[] = [];
      const tool = { name: 'trigger-long-running-operation', arguments: { duration: 0.3, steps: 3 } };
      const result = await client.callTool(tool, undefined, { onprogress: (progress) => void steps.push(progress) });
      expect(textOf(result)).to.contain('completed');
      expect(steps.map(({ progress, total }) => [progress, total])).to.eql([
        [1, 3],
        [2, 3],
        [3, 3],
      ]);
      const ref = { type: 'ref/prompt' as const, name: 'completable-prompt' };
      const department = { name: 'name', value: 'D' };
      const completed = await client.complete({
        ref,
        argument: department,
        context: { arguments: { department: 'Sales' } },
      });
      expect(completed.completion.values).to.eql(['David']);
      const prompt = await client.getPrompt({
        name: 'completable-prompt',
        arguments: { department: 'Sales', name: 'Eve' },
      });
      expect(JSON.stringify(prompt.messages)).to.contain('promote Eve to the head of the Sales team');
      await client.close();
    });
  }

  it('brings updates of a resource to who subscribed, and to nobody else', async () => {
    const uri = 'demo://resource/dynamic/text/1';
    const seen: Record<string, string[]> = { subscriber: [], other: [] };
    const open = (name: string) =>
      connectV1(`${cluster.url}/mcp/shared`, {
        prepare: (client) =>
          client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
            seen[name]?.push(params.uri);
          }),
      });
    const [subscriber, other] = await Promise.all([open('subscriber'), open('other')]);
    await subscriber.subscribeResource({ uri });
    await subscriber.callTool({ name: 'toggle-subscriber-updates' });
    await eventually(() => seen.subscriber?.includes(uri) === true);
    expect(seen.other).to.eql([]);
    await subscriber.callTool({ name: 'toggle-subscriber-updates' });
    await subscriber.unsubscribeResource({ uri });
    await Promise.all([subscriber.close(), other.close()]);
  });

  it('honours the log level of each session', async () => {
    const logged: string[] = [];
    const client = await connectV1(`${cluster.url}/mcp/own`, {
      prepare: (each) =>
        each.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
          logged.push(`${params.level} ${String(params.data)}`);
        }),
    });
    await client.setLoggingLevel('error');
    await client.subscribeResource({ uri: 'demo://resource/dynamic/text/1' });
    await client.setLoggingLevel('info');
    await client.subscribeResource({ uri: 'demo://resource/dynamic/text/2' });
    await eventually(() => logged.some((line) => line.includes('text/2')));
    expect(logged.filter((line) => line.includes('text/1'))).to.eql([]);
    await client.close();
  });

  async function eventually(check: () => boolean): Promise<void> {
    for (let i = 0; i < 400 && !check(); i++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(check()).to.equal(true);
  }

  it('does not leave the processes of sessions behind when they end', async () => {
    const { process } = cluster.node('node-1');
    const before = process.descendants().length;
    const clients = await Promise.all(['a', 'b', 'c'].map((name) => capable(`${cluster.url}/sse/own`, name)));
    await Promise.all(clients.map((client) => client.listTools()));
    expect(process.descendants().length).to.be.greaterThan(before);
    await Promise.all(clients.map((client) => client.close()));
    await eventually(() => process.descendants().length <= before);
  });
});
