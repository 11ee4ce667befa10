import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startNode } from './test/support/node.ts';
const fixture = new URL('./test/support/fixture/stdio.ts', import.meta.url).pathname;
const qm = new URL('./qm.ts', import.meta.url).pathname;
const { node, url } = await startNode({ mcpServers: {
  own: { command: process.execPath, args: [fixture], perSessionClient: true },
  mod: { command: process.execPath, args: [qm, 'reject'] },
  dual: { command: process.execPath, args: [qm] },
} });
for (const mode of ['legacy', { pin: '2026-07-28' }] as const) for (const target of ['own', 'mod', 'dual', '']) {
  const client = new Client({ name: 't', version: '1' }, { versionNegotiation: { mode }, capabilities: { elicitation: {form:{}}, sampling: {} } } as never);
  client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: { name: 'X', username: 'u', email: 'e@x' } }) as never);
  try {
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp/${target}`)));
  console.log(mode, target, client.getProtocolEra?.(), JSON.stringify(client.getServerCapabilities()));
  const t = await client.listTools();
  console.log(t.tools.length);
  const p = target === '' ? 'mod-' : '';
  const name = target === 'own' ? 'test_elicitation' : `${p}ask`;
  console.log(JSON.stringify(await client.callTool({ name, arguments: { message: 'hi' } })));
  } catch (e) { console.log('ERR', e); }
  await client.close();
}
await node.stop();
process.exit(0);
