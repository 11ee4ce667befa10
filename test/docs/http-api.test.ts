import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Express } from 'express';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createManagementApi } from '../../router/api/api.ts';
import { MEMBERSHIP_ACTIONS } from '../../router/api/membership.ts';
import { SERVER_TABLE_PATH } from '../../router/api/server-table.ts';
import { createContext } from '../../router/coordinator.ts';
import { createClassifier } from '../../router/edge/classify.ts';
import { parseSettings } from '../../settings/load.ts';
import { fixedSettings } from '../../settings/store.ts';

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
  handle?: { stack?: Layer[] };
}

function routesOf(layers: readonly Layer[]): string[] {
  return layers.flatMap(({ route, handle }) => {
    if (route === undefined) return routesOf(handle?.stack ?? []);
    return Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`);
  });
}

describe('docs/http-api.md', () => {
  const text = readFileSync(new URL('../../docs/http-api.md', import.meta.url), 'utf8');
  const documented = Array.from(text.matchAll(/^### `([A-Z]+) ([^`]+)`$/gm), ([, method, path]) => `${method} ${path}`);
  const options = {
    settings: fixedSettings(parseSettings({})),
    listen: { host: '127.0.0.1', port: 0, basePath: '' },
    log: pino({ level: 'silent' }),
    metrics: new Registry(),
    version: '0',
    clusterTokens: () => [],
    secrets: () => [],
    mode: 'coordinator',
  } as const;

  it('documents every route that is mounted, and no other', () => {
    const app: Express = createManagementApi(createContext(options), options);
    const mounted = [
      ...routesOf((app as unknown as { router: { stack: Layer[] } }).router.stack),
      ...MEMBERSHIP_ACTIONS.map((action) => `POST /api/cluster/${action}`),
      `GET ${SERVER_TABLE_PATH}`,
    ];
    const api = documented.filter((route) => !/ \/(mcp|sse|messages)/.test(route));
    expect([...api].sort()).to.deep.equal([...new Set(mounted)].sort());
  });

  it('documents every MCP endpoint with the methods that it takes, and no other', () => {
    const classify = createClassifier('');
    const head = { sessionId: undefined, protocolVersion: undefined };
    const taken: string[] = [];
    for (const path of ['/mcp', '/sse', '/messages']) {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        const route = classify(method, `${path}/t?sessionId=x`, head);
        if (route !== undefined && !('status' in route)) taken.push(`${method} ${path}`);
      }
    }
    const mcp = documented
      .filter((route) => / \/(mcp|sse|messages)/.test(route))
      .map((route) => route.replace(/[[?].*/, ''));
    expect([...mcp].sort()).to.deep.equal(taken.sort());
  });
});
