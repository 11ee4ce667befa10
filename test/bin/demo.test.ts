import { existsSync, rmSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect } from 'chai';
import { until } from '../support/until.ts';
import { descendants, type HubProcess, startHub, waitForEnd } from './hub-process.ts';

describe('the demo', function () {
  this.timeout(120_000);
  let demo: HubProcess;
  /** All processes of the demo that were ever seen. */
  let pids: number[];

  beforeEach(async () => {
    demo = startHub(['demo']);
    await demo.line((line) => line.includes('Ctrl-C ends everything'));
    pids = descendants(demo.pid);
  });
  afterEach(async () => {
    for (const pid of [demo.pid, ...pids]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended, as it should.
      }
    }
    await demo.ended;
    rmSync(folder(), { recursive: true, force: true });
  });

  function address(path: string): URL {
    const line = demo.lines.find((text) => new RegExp(`^http://127\\.0\\.0\\.1:\\d+${path} `).test(text)) ?? '';
    return new URL(line.split(' ', 1)[0] ?? '');
  }

  function folder(): string {
    return / are in (\S+)\. Ctrl-C/.exec(demo.lines.join('\n'))?.[1] ?? '';
  }

  it('serves three real servers, a group and one server on both nodes, and leaves no process after Ctrl-C', async () => {
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(address('/mcp/demo')));
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).to.include.members(['everything-echo', 'filesystem-read_text_file']);
    expect(names).not.to.include('filesystem-write_file');
    const path = `${folder()}/files/hello.txt`;
    const read = await client.callTool({ name: 'filesystem-read_text_file', arguments: { path } });
    expect(JSON.stringify(read.content)).to.contain('Hello from the filesystem server');
    await client.close();

    // Port 3000 is taken at least by this demo now.
    const second = startHub(['demo']);
    await second.line((line) => line === 'Port 3000 is in use; taking a free one.');
    second.child.kill('SIGINT');
    expect(await second.ended).to.equal(0);

    for (const server of ['everything', 'memory', 'filesystem']) expect(demo.lines.join('\n')).to.contain(server);
    expect(pids.length).to.be.at.least(3 + 4);
    demo.child.kill('SIGINT');
    expect(await demo.ended).to.equal(0);
    expect(await waitForEnd(pids, 5_000)).to.eql([]);
    expect(existsSync(folder())).to.equal(false);
  });

  it('starts a node again that was killed', async () => {
    const kill = demo.lines.find((line) => line.includes('kill -9')) ?? '';
    const pid = Number(/kill -9 (\d+)/.exec(kill)?.[1]);
    const before = descendants(pid);
    expect(before).not.to.eql([]);
    process.kill(pid, 'SIGKILL');
    const said = await demo.line((line) => line.startsWith('node-2 ended (signal SIGKILL)'));
    expect(said).to.contain('its sessions go on at node-1, memory is away');
    await demo.line((line) => /^node-2 +unreachable /.test(line));
    expect(await waitForEnd(before, 10_000)).to.eql([]);
    await demo.line((line) => line.startsWith('node-2 is started again'));
    const nodes = new URL('/api/cluster/nodes', address('/mcp/demo'));
    await until(async () => {
      const { data } = (await (await fetch(nodes)).json()) as { data: { id: string; servers: string[] }[] };
      return data.some(({ id, servers }) => id === 'node-2' && servers.includes('memory'));
    }, 60_000);
    pids = descendants(demo.pid);
    demo.child.kill('SIGTERM');
    expect(await demo.ended).to.equal(0);
    expect(await waitForEnd(pids, 5_000)).to.eql([]);
  });

  it('leaves no process behind when it is killed hard itself', async () => {
    demo.child.kill('SIGKILL');
    await demo.ended;
    expect(await waitForEnd(pids, 15_000)).to.eql([]);
  });
});
