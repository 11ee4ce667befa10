import { expect } from 'chai';
import { guide } from '../../bin/demo/guide.ts';
import { type NodeRow, render } from '../../bin/show.ts';

const NOW = 1_000_000;
const NODES: NodeRow[] = [
  {
    id: 'n2',
    name: 'Node 2',
    url: 'http://10.0.0.2:3000',
    status: 'active',
    lastHeartbeat: NOW - 4_000,
    servers: ['memory'],
    metadata: {
      draining: true,
      sessions: 3,
      serverStatus: { memory: { status: 'connected' }, fetch: { status: 'failed', reason: 'exit code 1' } },
    },
  },
  { id: 'n1', name: 'n1', url: 'http://10.0.0.1:3000', status: 'unhealthy', lastHeartbeat: 0, servers: ['memory'] },
];

describe('the tables of the command line', () => {
  it('show that a node drains, and nodes of the original branch, which report less', () => {
    expect(render('nodes', NODES, false, NOW)).to.equal(
      [
        'NODE          STATUS             ADDRESS                SERVERS   SESSIONS   HEARTBEAT',
        'n2 (Node 2)   active, draining   http://10.0.0.2:3000   memory    3          4s ago',
        'n1            unhealthy          http://10.0.0.1:3000   memory    -          17m ago',
        '',
      ].join('\n'),
    );
  });

  it('show why a server is not connected, and do not call a server on a lost node connected', () => {
    expect(render('servers', NODES, false, NOW)).to.equal(
      [
        'SERVER   NODE   STATUS                    REASON',
        'fetch    n2     failed                    exit code 1',
        'memory   n1     unknown, node unhealthy',
        'memory   n2     connected',
        '',
      ].join('\n'),
    );
  });

  it('say that there is nothing instead of printing an empty table', () => {
    for (const view of ['nodes', 'servers', 'sessions'] as const)
      expect(render(view, [], false, NOW)).to.match(/^\w+ .* \w+\n$/);
  });

  it('print as JSON what the API says', () => {
    expect(JSON.parse(render('nodes', NODES, true, NOW))).to.eql(NODES);
    expect(JSON.parse(render('servers', NODES, true, NOW))[0]).to.eql({
      server: 'fetch',
      node: 'n2',
      status: 'failed',
      reason: 'exit code 1',
    });
  });

  it('show the state of a hub that has no cluster', () => {
    const stats = { nodes: 1, activeNodes: 1, servers: 2, sessions: 0 };
    const text = render('status', { enabled: false, mode: 'standalone', nodeId: null, stats }, false, NOW);
    expect(text).to.equal('mode      standalone\nservers   2 of 2 up\nsessions  0\n');
  });

  it('show how many servers are still to come, and the nodes of a cluster', () => {
    const stats = { nodes: 2, activeNodes: 1, servers: 0, configuredServers: 4, sessions: 3 };
    const text = render('status', { enabled: true, mode: 'coordinator', nodeId: 'coordinator', stats }, false, NOW);
    expect(text).to.contain('servers   0 of 4 up\n').and.to.contain('nodes     1 of 2 active\n');
  });

  it('do not call a node active that cannot be reached any more', () => {
    const [node] = NODES.slice(1);
    const lost = { ...node, status: 'active', metadata: { suspect: true } } as NodeRow;
    expect(render('nodes', [lost], false, NOW)).to.contain('n1     unreachable');
  });
});

describe('the guide of the demo', () => {
  const facts = { nodes: NODES, pids: new Map([['node-2', 4711]]), folder: '/tmp/x' };

  it('has a JSON snippet that can be pasted, and the process to kill', () => {
    const text = guide({ ...facts, url: 'http://127.0.0.1:3000' }, NOW);
    const json = /^\{$.*?^\}$/ms.exec(text)?.[0] ?? '';
    expect(JSON.parse(json)).to.eql({ mcpServers: { mcphub: { type: 'http', url: 'http://127.0.0.1:3000/mcp' } } });
    expect(text).to.contain('kill -9 4711').and.not.to.contain('--url');
  });

  it('names the address in the commands when port 3000 was taken', () => {
    expect(guide({ ...facts, url: 'http://127.0.0.1:4000' }, NOW)).to.contain('status --url http://127.0.0.1:4000');
  });
});
