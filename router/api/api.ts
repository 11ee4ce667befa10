import type { RequestListener } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, Router } from 'express';
import type { RouterContext } from '../context.ts';
import { requireMember, requireReader } from './api-auth.ts';
import { healthView, nodeView, replicaView, sessionRow, sessionView, stats } from './api-views.ts';
import { createMembershipApi } from './membership.ts';
import { createServerTableApi } from './server-table.ts';

export interface ApiOptions {
  version: string;
  mode: 'standalone' | 'coordinator';
}

/** Everything that is no MCP endpoint, as docs/http-api.md describes it: what nodes tell, and the management API. */
export function createApi(context: RouterContext, options: ApiOptions): RequestListener {
  const membership = createMembershipApi(context);
  const serverTable = createServerTableApi(context);
  const management = createManagementApi(context, options);
  return (req, res) => {
    if (!membership(req, res) && !serverTable(req, res)) management(req, res);
  };
}

/** What people and tools ask of a coordinator. */
export function createManagementApi(context: RouterContext, options: ApiOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const health: RequestHandler = (_req, res) => void res.json(healthView(context, options.version));
  app.get('/health', health);
  const base = Router();
  if (context.basePath !== '') base.get('/health', health);
  base.delete('/api/cluster/nodes/:nodeId', requireMember(context), drain(context));
  readRoutes(base, context, options);
  app.use(context.basePath || '/', base);
  app.use((req, res) => {
    res.status(404).json({ success: false, message: `Nothing is served at ${req.method} ${req.path.slice(0, 200)}` });
  });
  app.use(errorHandler(context));
  return app;
}

function drain({ registry }: RouterContext): RequestHandler {
  return (req, res) => {
    const id = req.params.nodeId as string;
    if (registry.drain(id)) return void res.json({ success: true, message: 'Node is draining' });
    res.status(404).json({ success: false, message: `Node not found: ${id}` });
  };
}

function readRoutes(router: Router, context: RouterContext, { mode }: ApiOptions): void {
  const { registry, affinities } = context;
  const reader = requireReader(context);

  router.get('/api/cluster/status', reader, (_req, res) => {
    const { enabled, revision } = context.settings.current.systemConfig.cluster;
    const nodeId = mode === 'standalone' ? null : 'coordinator';
    res.json({ success: true, data: { enabled, mode, nodeId, stats: stats(context), revision } });
  });
  router.get('/api/cluster/nodes', reader, (req, res) => {
    const nodes = [...registry.nodes.values()];
    const shown = req.query.active === 'true' ? nodes.filter(({ status }) => status === 'active') : nodes;
    res.json({ success: true, data: shown.map(nodeView) });
  });
  router.get('/api/cluster/servers/:serverId/replicas', reader, (req, res) => {
    const id = req.params.serverId as string;
    res.json({ success: true, data: registry.replicas(id).map((node) => replicaView(id, node)) });
  });
  router.get('/api/cluster/sessions', reader, (_req, res) => {
    res.json({ success: true, data: Array.from(affinities.values(), (entry) => sessionRow(context, entry)) });
  });
  router.get('/api/cluster/sessions/:sessionId', reader, (req, res) => {
    const entry = affinities.get(req.params.sessionId as string);
    if (entry === undefined) {
      return void res.status(404).json({ success: false, message: 'Session affinity not found' });
    }
    res.json({ success: true, data: sessionView(context, entry) });
  });
}

function errorHandler({ log }: RouterContext): ErrorRequestHandler {
  return (error: { status?: number; message?: string }, req, res, _next) => {
    const status = error.status ?? 500;
    if (status >= 500) log.error({ err: error, path: req.path }, 'Management request failed');
    if (res.headersSent) return void res.destroy();
    const message = status < 500 ? `Bad request: ${error.message}` : 'Internal error';
    res.status(status).json({ success: false, message });
  };
}
