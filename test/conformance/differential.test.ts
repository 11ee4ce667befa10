import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { expect } from 'chai';
import { type ListeningProcess, startProcess } from '../../bench/process.ts';
import { closeSockets, RawSession } from '../support/clients.ts';
import { type Cluster, everything, startCluster } from '../support/cluster.ts';
import { DIRECT, differences, renamed, type Script, type Side } from './differential-exceptions.ts';
import { LEGACY_STEPS } from './differential-steps.ts';

const FIXTURE = fileURLToPath(new URL('../support/fixture/', import.meta.url));

/** All that one client sees of the fixture: every list, every tool, resource and prompt, and what it is asked meanwhile. */
async function script(url: string): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {};
  const asked: unknown[] = [];
  const logged: unknown[] = [];
  const client = new Client(
    { name: 'differential', version: '1.0.0' },
    { capabilities: { sampling: {}, elicitation: {} } },
  );
  client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => {
    asked.push(params.messages);
    return { role: 'assistant', model: 'none', content: { type: 'text', text: 'Certainly' } };
  });
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    asked.push([params.message, 'requestedSchema' in params ? params.requestedSchema : undefined]);
    return { action: 'decline' };
  });
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logged.push(params));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)) as Transport);

  const { tools } = await client.listTools();
  seen.tools = tools;
  for (const { name } of tools) {
    const progress: unknown[] = [];
    const call = { name, arguments: { message: 'Who?', prompt: 'Why?' } };
    const onprogress = (report: unknown) => void progress.push(report);
    const outcome = await client.callTool(call, undefined, { onprogress, timeout: 10_000 });
    // The token is one that the client or the hub made up.
    seen[name] = name === 'test_tool_with_progress' ? progress : outcome;
  }
  seen.resources = await client.listResources();
  seen.templates = await client.listResourceTemplates();
  for (const uri of ['test://static-text', 'test://static-binary', 'test://template/7/data', 'test://none']) {
    seen[uri] = await client.readResource({ uri }).catch(({ code, message }) => ({ code, message }));
  }
  const { prompts } = await client.listPrompts();
  seen.prompts = prompts;
  for (const { name } of prompts) {
    seen[name] = await client.getPrompt({ name, arguments: { arg1: 'a', arg2: 'b', resourceUri: 'test://x' } });
  }
  seen.unknownTool = await client.callTool({ name: 'none' }).catch(({ code }) => code);
  await client.close();
  return { ...seen, asked, logged };
}

/** Every method, message by message; the tools that ask the client are called by the script of the SDK. */
async function steps(url: string, side: Side): Promise<Script> {
  const session = await RawSession.open(url);
  const seen: Script = new Map([['initialize', [session.opened]]]);
  for (const { title, method, params, meta } of LEGACY_STEPS) {
    const named = renamed(params, side);
    seen.set(title, [await session.request(method, meta === undefined ? named : { ...named, _meta: meta })]);
  }
  await session.close();
  return seen;
}

describe('the same script, direct and through the cluster', () => {
  let cluster: Cluster;
  let direct: ListeningProcess;

  before(async function () {
    this.timeout(30_000);
    const fixture = { command: process.execPath, args: [`${FIXTURE}stdio.ts`], perSessionClient: true };
    const groups = [{ id: 'both', name: 'both', servers: ['fixture', 'more'] }];
    cluster = await startCluster({ nodes: [{ settings: { mcpServers: { fixture, more: everything() }, groups } }] });
    direct = await startProcess({ name: 'fixture', args: [`${FIXTURE}http.ts`] });
  });

  after(async () => {
    await closeSockets();
    await cluster?.stop();
    await direct?.stop();
  });

  it('gives results, errors, progress, logs and questions that do not differ', async () => {
    const expected = await script(`${direct.url}/mcp`);
    const routed = await script(`${cluster.url}/mcp/fixture`);
    for (const key of Object.keys(expected)) expect(routed[key], key).to.deep.equal(expected[key]);
  }).timeout(30_000);

  for (const [route, side] of [
    ['fixture', DIRECT],
    ['both', { prefix: 'fixture-', aggregated: true }],
  ] as const) {
    it(`gives messages and HTTP statuses that do not differ (/mcp/${route})`, async () => {
      const expected = await steps(`${direct.url}/mcp`, DIRECT);
      expect(differences(await steps(`${cluster.url}/mcp/${route}`, side), expected, side)).to.equal('');
    }).timeout(30_000);
  }
});
