import { z } from 'zod';
import { nodeMetadata, type ServerReport } from '../../cluster/payload.ts';
import { defined } from '../render/json-map.ts';
import { askHub, HubError, parseJson } from './read-json.ts';
import type { NodeReading, RegistryReading, ServerReading } from './view.ts';

/** Milliseconds for each answer of a coordinator. */
export const READ_TIMEOUT = 3_000;

const text = z.string().max(2_000).optional().catch(undefined);

const nodeRow = z.object({
  id: z.string(),
  status: z.string(),
  lastHeartbeat: z.number().catch(0),
  servers: z.array(z.string()).catch([]),
  metadata: nodeMetadata.optional().catch(undefined),
});

const nodesReply = z.object({ data: z.array(nodeRow) });
const statusReply = z.object({ data: z.object({ revision: text }) });
const healthReply = z.object({ settings: z.object({ problem: text }).optional().catch(undefined) });

/**
 * What a coordinator knows: itself, its settings and its nodes. Never rejects: why it could not be read is part of
 * the reading.
 * @param base address of the coordinator, without a path
 * @param tokens of the cluster; the next one is tried where one is refused, as while they are rotated
 */
export async function readCoordinator(pod: string, base: string, tokens: readonly string[]): Promise<RegistryReading> {
  try {
    // First alone: one that cannot be reached is not asked three times.
    const nodes = await read(`${base}/api/cluster/nodes`, tokens, nodesReply);
    const [status, health] = await Promise.all([
      read(`${base}/api/cluster/status`, tokens, statusReply),
      read(`${base}/health`, tokens, healthReply),
    ]);
    const problem = health.settings?.problem;
    return {
      pod,
      ...(status.data.revision === undefined ? {} : { revision: status.data.revision }),
      ...(problem === undefined ? {} : { settingsProblem: problem }),
      nodes: nodes.data.map(nodeReading),
    };
  } catch (error) {
    if (error instanceof HubError) return { pod, problem: error.message, nodes: [] };
    throw error;
  }
}

async function read<T extends z.ZodType>(url: string, tokens: readonly string[], schema: T): Promise<z.infer<T>> {
  let refused: HubError | undefined;
  for (const token of tokens) {
    const { status, text } = await askHub(url, {
      headers: { authorization: `Bearer ${token}` },
      timeout: READ_TIMEOUT,
    });
    if (status === 200) {
      const parsed = schema.safeParse(parseJson(url, text));
      if (parsed.success) return parsed.data;
      throw new HubError(`${url} did not answer as a coordinator does`);
    }
    refused = new HubError(`${url} answered with status ${status}`);
    if (status !== 401) break;
  }
  throw refused ?? new HubError(`there is no cluster token for ${url}`);
}

function nodeReading(row: z.infer<typeof nodeRow>): RegistryReading['nodes'][number] {
  const { metadata } = row;
  const reading: NodeReading = {
    id: row.id,
    active: row.status === 'active',
    draining: metadata?.draining === true || metadata?.leaving === true,
    sessions: metadata?.sessions ?? 0,
    servers: metadata?.serverStatus === undefined ? unreported(row.servers) : reported(metadata.serverStatus),
  };
  if (metadata?.revision !== undefined) reading.revision = metadata.revision;
  return { ...reading, lastHeartbeat: row.lastHeartbeat };
}

/** Nodes of the original branch name the servers that are up, and no more. */
function unreported(servers: readonly string[]): Record<string, ServerReading> {
  return Object.fromEntries(servers.map((name) => [name, { status: 'connected' }]));
}

function reported(reports: Record<string, ServerReport>): Record<string, ServerReading> {
  return Object.fromEntries(
    Object.entries(reports).map(([name, { status, reason, protocol, version, tools }]) => [
      name,
      defined({ status, reason, protocol, version, tools }),
    ]),
  );
}
