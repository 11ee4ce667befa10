import type { Example } from './example.ts';

const server = (entry: object, more: object = {}) => ({ mcpServers: { one: entry }, ...more });
const secretKeyRef = { name: 'secret', key: 'token' };
const container = (fields: object) => server({ container: { image: 'server:1', port: 8080, ...fields } });

export const SERVERS: Example[] = [
  {
    message: 'names of servers',
    accepted: [
      { mcpServers: { 'a.b_C-9': { command: 'x' } } },
      { mcpServers: {} },
      { mcpServers: { ['n'.repeat(128)]: { command: 'x' } } },
    ],
    refused: [
      { mcpServers: { 'a/b': { command: 'x' } } },
      { mcpServers: { 'a..b': { command: 'x' } } },
      { mcpServers: { '': { command: 'x' } } },
      { mcpServers: { ['n'.repeat(129)]: { command: 'x' } } },
    ],
  },
  {
    message: 'write only one of command',
    accepted: [server({ command: 'npx' }), server({ url: 'http://a/mcp' }), container({})],
    refused: [
      server({ command: 'npx', url: 'http://a/mcp' }),
      server({ command: 'npx', container: { image: 'i', port: 1 } }),
      server({ url: 'http://a/mcp', container: { image: 'i', port: 1 } }),
    ],
  },
  {
    message: 'each server needs one of command',
    accepted: [server({ enabled: false }, { settingsFrom: { secretKeyRef: { name: 'old' } } }), container({}), {}],
    refused: [server({}), server({ openapi: { url: 'http://a/openapi.json' } })],
  },
  {
    message: 'type does not fit',
    accepted: [
      server({ type: 'stdio', command: 'npx' }),
      server({ type: 'streamable-http', url: 'http://a/mcp' }),
      server({ type: 'sse', container: { image: 'i', port: 1 } }),
    ],
    refused: [server({ type: 'stdio', url: 'http://a/mcp' }), server({ type: 'sse', command: 'npx' })],
  },
  {
    message: 'headersFrom needs url',
    accepted: [
      server({ url: 'http://a/mcp', headersFrom: [{ name: 'Authorization', secretKeyRef, prefix: 'Bearer ' }] }),
    ],
    refused: [server({ command: 'npx', headersFrom: [{ name: 'Authorization', secretKeyRef }] })],
  },
  {
    message: 'a name of a header has',
    accepted: [
      { stickySession: { headerName: 'X-Node' } },
      server({ url: 'http://a', passthroughHeaders: ['X-Request-Id'] }),
    ],
    refused: [
      { stickySession: { headerName: 'X Node' } },
      server({ url: 'http://a', passthroughHeaders: ['a:b'] }),
      server({ url: 'http://a', headersFrom: [{ name: 'Å', secretKeyRef }] }),
    ],
  },
  {
    message: 'write exactly one of secretRef',
    accepted: [
      server({ command: 'x', envFrom: [{ secretRef: { name: 'a' } }, { prefix: 'P_', configMapRef: { name: 'b' } }] }),
    ],
    refused: [
      server({ command: 'x', envFrom: [{}] }),
      container({ envFrom: [{ secretRef: { name: 'a' }, configMapRef: { name: 'b' } }] }),
    ],
  },
  {
    message: 'ports 3000 and 9464',
    accepted: [container({ port: 3001 })],
    refused: [container({ port: 3000 }), container({ port: 9464 })],
  },
  {
    message: 'a path must begin with a slash, such as /mcp',
    accepted: [container({ path: '/' })],
    refused: [container({ path: 'mcp' })],
  },
  {
    message: 'a server names a pool that does not exist',
    accepted: [
      server({ command: 'x', pools: ['nodes', 'gpu'] }, { nodePools: [{ name: 'gpu' }] }),
      server({ command: 'x', pools: ['nodes'] }),
    ],
    refused: [
      server({ command: 'x', pools: ['gpu'] }),
      server({ command: 'x', pools: ['gpu'] }, { nodePools: [{ name: 'cpu' }] }),
    ],
  },
  {
    message: 'a pool of spec.nodePools names a server',
    accepted: [
      server({ command: 'x' }, { nodePools: [{ name: 'gpu', servers: ['one'] }, { name: 'idle' }] }),
      { nodePools: [{ name: 'gpu', servers: ['two'] }], settingsFrom: { configMapKeyRef: { name: 'old' } } },
    ],
    refused: [
      server({ command: 'x' }, { nodePools: [{ name: 'gpu', servers: ['two'] }] }),
      { nodePools: [{ name: 'gpu', servers: ['one'] }] },
    ],
  },
];
