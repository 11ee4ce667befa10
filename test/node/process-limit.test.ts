import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { RawSession } from '../support/clients.ts';
import { Nodes, type RunningNode } from '../support/node.ts';
import { isRunning } from '../support/servers/hosting.ts';
import { changeableSettings, echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

describe('the limit of processes on a node', () => {
  const nodes = new Nodes();
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcphub-processes-'));
  });
  afterEach(async () => {
    await nodes.stop();
    rmSync(folder, { recursive: true });
  });

  const settings = (limits: object, more: object = {}) => ({
    mcpServers: { own: echoServer([`starts=${join(folder, 'starts')}`], { perSessionClient: true }), ...more },
    systemConfig: { cluster: { limits: { processQueueTimeout: 60_000, ...limits } } },
  });

  /** Of processes of `own`, the one included that was started to see whether the server works. */
  const started = () => readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n').map(Number);
  const alive = () => started().filter(isRunning).length;
  const shows = async ({ metrics }: RunningNode, line: string) => (await metrics.metrics()).includes(`\n${line}\n`);
  const processes = (node: RunningNode, running: number, waiting: number) =>
    until(
      async () =>
        (await shows(node, `mcphub_node_processes ${running}`)) &&
        (await shows(node, `mcphub_node_processes_waiting ${waiting}`)),
    );
  const refused = async ({ metrics }: RunningNode) =>
    Number(/^mcphub_node_limit_refusals_total\{limit="processes"\} (\d+)$/m.exec(await metrics.metrics())?.[1] ?? 0);
  const open = (node: RunningNode, server = 'own') => RawSession.open(`${node.url}/mcp/${server}`);

  /** A node on which only the shared servers have a process. */
  async function start(from: Parameters<Nodes['start']>[0], shared = 0): Promise<RunningNode> {
    const node = await nodes.start(from);
    await (await open(node)).close();
    await processes(node, shared, 0);
    return node;
  }

  it('does not give way to a burst of sessions, none of which is refused', async () => {
    const node = await start(settings({ processesPerNode: 3 }, { shared: echoServer() }), 1);
    const pids = new Set<string>();
    const visit = async () => {
      const session = await open(node);
      pids.add(await session.call('pid'));
      expect(alive()).to.be.within(1, 2);
      expect(await node.metrics.metrics()).to.match(/^mcphub_node_processes [23]$/m);
      await session.close();
    };
    await Promise.all(Array.from({ length: 8 }, visit));
    expect(pids.size).to.equal(8);
    await processes(node, 1, 0);
    expect(alive()).to.equal(0);
    expect(await refused(node)).to.equal(0);
  });

  it('does not let a session overtake those that came before it', async () => {
    const node = await start(settings({ processesPerNode: 1 }));
    const served: number[] = [];
    const calls: Promise<void>[] = [];
    for (const number of [1, 2, 3, 4]) {
      const session = await open(node);
      await processes(node, 1, number - 1);
      calls.push(
        session.call('pid').then(async () => {
          served.push(number);
          await until(() => calls.length === 4);
          await session.close();
        }),
      );
    }
    await Promise.all(calls);
    expect(served).to.eql([1, 2, 3, 4]);
  });

  it('does not lose the place of a process that died by itself', async () => {
    const node = await start(settings({ processesPerNode: 1 }));
    const pid = Number(await (await open(node)).call('pid'));
    const waiting = (await open(node)).call('pid');
    await processes(node, 1, 1);
    process.kill(pid, 'SIGKILL');
    expect(Number(await waiting)).to.not.equal(pid);
    await processes(node, 1, 0);
  });

  it('does not start a process for a session that ended while it waited', async () => {
    const node = await start(settings({ processesPerNode: 1 }));
    const [first, impatient, last] = [await open(node), await open(node), await open(node)];
    await first.call('pid');
    await processes(node, 1, 2);
    const before = started().length;
    const call = impatient.request('tools/call', { name: 'pid' });
    await impatient.close();
    await processes(node, 1, 1);
    expect((await call).body?.result).to.equal(undefined);
    await first.close();
    const pid = Number(await last.call('pid'));
    expect(started().slice(before)).to.eql([pid]);
  });

  it('does not make a server look broken: who waited in vain is told so, and is served when there is a place', async () => {
    const node = await start(settings({ processesPerNode: 1, processQueueTimeout: 100 }));
    const [first, second] = [await open(node), await open(node)];
    await first.call('pid');
    const before = started();
    const refusedBefore = await refused(node);
    const { status, body } = await second.request('tools/call', { name: 'pid' });
    expect(status).to.equal(200);
    expect(body?.error?.data).to.include({ code: 'MCPHUB_PROCESS_LIMIT', retryAfter: 2 });
    expect(body?.error?.message)
      .to.include('runs 1 processes')
      .and.to.include('limits.processesPerNode')
      .and.to.include('0.1 s')
      .and.to.include('again in 2 s');
    expect(await refused(node)).to.be.greaterThan(refusedBefore);
    expect(await shows(node, 'mcphub_node_server_up{server="own"} 1')).to.equal(true);
    expect(await shows(node, 'mcphub_node_server_restarts{server="own"} 0')).to.equal(true);
    await first.close();
    await processes(node, 0, 0);
    const pid = Number(await second.call('pid'));
    expect(started()).to.eql([...before, pid]);
  });

  it('does not keep a server from starting that all sessions share, nor lets it wait behind them', async () => {
    const node = await start(settings({ processesPerNode: 1 }, { shared: echoServer([], { startOnDemand: true }) }));
    const [first, second] = [await open(node), await open(node)];
    await first.call('pid');
    const waiting = second.request('tools/call', { name: 'pid' });
    await processes(node, 1, 1);
    expect(await (await open(node, 'shared')).call('echo', { message: 'here' })).to.equal('here');
    await processes(node, 2, 1);
    // It counts: the place of a session that ends is the one that it took.
    await first.close();
    await processes(node, 1, 1);
    await second.close();
    expect((await waiting).body?.result).to.equal(undefined);
  });

  it('does not need a restart to be another', async () => {
    const source = changeableSettings(settings({ processesPerNode: 1 }));
    const node = await start(source);
    const sessions = [await open(node), await open(node), await open(node)];
    const calls = sessions.map((session) => session.call('pid'));
    await processes(node, 1, 2);
    source.change(settings({ processesPerNode: 2 }));
    await processes(node, 2, 1);
    source.change(settings({ processesPerNode: 3 }));
    expect(new Set(await Promise.all(calls)).size).to.equal(3);
    source.change(settings({ processesPerNode: 1 }));
    const late = (await open(node)).call('pid');
    await processes(node, 3, 1);
    await sessions[0]?.close();
    await sessions[1]?.close();
    await processes(node, 1, 1);
    await sessions[2]?.close();
    expect(await late).to.match(/^\d+$/);
  });
});
