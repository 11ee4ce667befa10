import type { Hub } from '../hub.ts';
import type { HubRequest, HubResponse } from './carried.ts';
import type { EndpointOptions } from './endpoint.ts';
import { respondJson } from './http-errors.ts';

/** What a node answers outside MCP: `/health`, its own `/api/cluster/status`, and 403 for what coordinators serve. */
export function serveApi(
  hub: Hub,
  options: EndpointOptions,
  request: HubRequest,
  response: HubResponse,
  path: string,
): void {
  if (path === '/health') return respondJson(response, 200, health(hub));
  if (path === '/api/cluster/status' && request.method === 'GET') {
    const stats = { nodes: 0, activeNodes: 0, servers: 0, sessions: 0 };
    return respondJson(response, 200, {
      success: true,
      data: { enabled: true, mode: 'node', nodeId: options.nodeId, stats },
    });
  }
  if (path.startsWith('/api/cluster/')) {
    return respondJson(response, 403, {
      success: false,
      message: 'This endpoint is only available on coordinator nodes',
    });
  }
  respondJson(response, 404, {
    success: false,
    message: `Nothing is at ${path}: a node serves /mcp, /sse and /health`,
  });
}

function health(hub: Hub): Record<string, unknown> {
  const reports = Object.values(hub.hosts.reports());
  const up = reports.filter(({ status }) => status === 'connected' || status === 'idle').length;
  const { problem } = hub.settings;
  const healthy = up === reports.length && problem === undefined;
  return {
    status: healthy ? 'healthy' : 'degraded',
    message: healthy ? 'All enabled MCP servers are ready' : 'Not all enabled MCP servers are ready',
    timestamp: new Date().toISOString(),
    servers: { total: reports.length, connected: up, disconnected: reports.length - up },
    sessions: hub.sessions.size,
    ...(problem === undefined ? {} : { settings: { problem } }),
  };
}
