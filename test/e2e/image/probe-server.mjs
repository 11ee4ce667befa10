// An MCP server on stdio, without dependencies: its tools say where it runs, wait, and use up memory.
import { hostname } from 'node:os';
import { createInterface } from 'node:readline';

const number = { type: 'number' };
const TOOLS = {
  where: { properties: {}, call: () => ({ host: hostname(), pid: process.pid }) },
  wait: { properties: { milliseconds: number }, call: wait },
  devour: { properties: { mebibytes: number }, call: devour },
};
const held = [];

async function wait({ milliseconds = 0 }) {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return { host: hostname(), pid: process.pid };
}

/** Memory outside of the heap of V8, written to, so that the kernel has to give it. */
function devour({ mebibytes = 0 }) {
  for (let i = 0; i < mebibytes; i++) held.push(Buffer.alloc(2 ** 20, 1));
  return { mebibytes: held.length };
}

async function answer(method, params) {
  if (method === 'initialize') {
    const { protocolVersion } = params;
    return { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'probe', version: '1.0.0' } };
  }
  if (method === 'ping') return {};
  if (method === 'tools/list') {
    const tools = Object.entries(TOOLS);
    return { tools: tools.map(([name, { properties }]) => ({ name, inputSchema: { type: 'object', properties } })) };
  }
  if (method !== 'tools/call') return undefined;
  const text = JSON.stringify(await TOOLS[params.name].call(params.arguments ?? {}));
  return { content: [{ type: 'text', text }] };
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined || method === undefined) return;
  const result = await answer(method, params);
  const outcome = result === undefined ? { error: { code: -32601, message: `no method ${method}` } } : { result };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...outcome })}\n`);
});
