import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { McpServer, inputRequired, acceptedContent } from '@modelcontextprotocol/server';
import { z } from 'zod';
serveStdio(() => {
  const s = new McpServer({ name: 'mod', version: '1' }, { capabilities: { logging: {} } });
  s.registerTool('ask', { description: 'asks', inputSchema: z.object({}) }, async (_a: unknown, ctx: any) => {
    const got = acceptedContent(ctx.mcpReq.inputResponses, 'name') as any;
    if (got === undefined) return inputRequired({ inputRequests: { name: inputRequired.elicit({ message: 'who?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } } as any) }, requestState: 'S1' }) as any;
    return { content: [{ type: 'text', text: `hello ${got.name} state ${typeof ctx.mcpReq.requestState}` }] };
  });
  s.registerTool('echo', { description: 'e', inputSchema: z.object({ m: z.string() }) }, async ({ m }: any) => ({ content: [{ type: 'text', text: m }] }));
  return s;
}, { legacy: process.argv[2] === 'reject' ? 'reject' : 'serve' });
