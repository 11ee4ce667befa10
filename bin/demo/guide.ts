import { type NodeRow, nodeTable, serverTable } from '../show.ts';
import { table } from '../table.ts';

export interface GuideFacts {
  /** The coordinator's address. */
  url: string;
  nodes: readonly NodeRow[];
  /** Process ids by node id. */
  pids: ReadonlyMap<string, number | undefined>;
  /** The folder with settings, logs and the files that the servers work on. */
  folder: string;
}

/** What the demo prints once it runs: what is there, how to connect to it, what to try. */
export function guide({ url, nodes, pids, folder }: GuideFacts, now: number): string {
  const byId = nodes.toSorted((a, b) => a.id.localeCompare(b.id));
  const option = url === 'http://127.0.0.1:3000' ? '' : ` --url ${url}`;
  const client = { mcpServers: { mcphub: { type: 'http', url: `${url}/mcp` } } };
  const mcphub = import.meta.url.endsWith('.ts') ? 'npm run mcphub --' : 'mcphub';
  const victim = pids.get('node-2');
  return `
${nodeTable(byId, now)}
${serverTable(nodes)}
${table(
  ['ADDRESS', 'WHAT'],
  [
    [`${url}/mcp`, 'all servers, wherever they run'],
    [`${url}/mcp/$smart`, 'three tools that find and call all others'],
    [`${url}/mcp/everything`, 'one server, on both nodes'],
    [`${url}/mcp/demo`, 'a group: everything, and reading files'],
    [`${url}/sse`, 'the same for clients of the older HTTP+SSE transport'],
    [`${url}/health`, 'health of the whole'],
  ],
)}
For the configuration of an MCP client:
${JSON.stringify(client, null, 2)}

Try next, in another terminal:
  ${mcphub} status${option}
  ${mcphub} nodes${option}
  ${mcphub} servers${option}
  npx @modelcontextprotocol/inspector --cli ${url}/mcp/demo --transport http --method tools/list
  curl ${url}/api/cluster/nodes
${victim === undefined ? '' : `  kill -9 ${victim}   # node-2 dies: its sessions go on at node-1; see nodes, before the demo starts it again\n`}
Settings, logs and sample files are in ${folder}. Ctrl-C ends everything.
`;
}
