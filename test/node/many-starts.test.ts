import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

const SLEEP = { command: 'sleep', args: ['100000'] };
const oneAtOnce = { cluster: { limits: { startsAtOnce: 1 } } };

describe('many servers that start', () => {
  const nodes = new Nodes();
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcphub-starts-'));
  });
  afterEach(async () => {
    await nodes.stop();
    rmSync(folder, { recursive: true });
  });

  const named = (count: number, entry: (name: string) => object) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${i}`, entry(`s${i}`)]));

  it('do not take the processor from each other: one begins when another one is up', async () => {
    const file = join(folder, 'starts');
    const busy = echoServer([`starts=${file}`, 'busy=200']);
    const { url } = await nodes.start({ mcpServers: named(6, () => busy), systemConfig: oneAtOnce });
    const session = await RawSession.open(`${url}/mcp`);
    expect(await session.call('s5-echo', { message: 'up' })).to.equal('up');
    const lines = () => readFileSync(file, 'utf8').trim().split('\n');
    await until(() => lines().length === 12, 20_000);
    const pids = lines().filter((_, i) => i % 2 === 0);
    expect(lines()).to.deep.equal(pids.flatMap((pid) => [pid, `${pid} up`]));
  });

  it('are not held up by those that hang, nor is a client by those that nobody waits for', async () => {
    const file = join(folder, 'starts');
    const last = echoServer([`starts=${file}`]);
    const { url } = await nodes.start({
      mcpServers: { ...named(9, () => SLEEP), last, later: last },
      systemConfig: oneAtOnce,
    });
    const session = await RawSession.open(`${url}/mcp/last`);
    // Each of those that hang has a turn of a second.
    const began = performance.now();
    expect(await session.call('echo', { message: 'first' })).to.equal('first');
    expect(performance.now() - began).to.be.below(5_000);
    await until(() => readFileSync(file, 'utf8').trim().split('\n').length === 2, 30_000);
  });

  it('have the time that settings give them, each its own', async () => {
    const slow = (options: object) => echoServer(['delay=1500'], options);
    const { url } = await nodes.start({
      mcpServers: { short: slow({}), long: slow({ options: { startTimeout: 20_000 } }) },
      systemConfig: { startTimeout: 400 },
    });
    const long = await RawSession.open(`${url}/mcp/long`);
    expect(await long.call('echo', { message: 'in time' })).to.equal('in time');
    const { body } = await (await RawSession.open(`${url}/mcp`)).request('tools/call', { name: 'short-echo' });
    expect(body?.error?.message).to.include('did not answer initialize within 0.4 s');
  });
});
