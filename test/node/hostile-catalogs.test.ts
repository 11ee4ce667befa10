import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { connectV1, connectV2, textOf } from '../support/clients.ts';
import { type Cluster, hosting, type NodeRow, script, startCluster } from '../support/cluster.ts';
import { needs } from '../support/needs.ts';
import { Nodes } from '../support/node.ts';
import {
  type AnyClient,
  clients,
  closeClients,
  everyClient,
  expectGood,
  NORMAL,
  pinned,
  slowest,
  toolNames,
} from '../support/servers/hostile-clients.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

describe('a server whose list is hostile', () => {
  const nodes = new Nodes();
  afterEach(async () => {
    await closeClients();
    await nodes.stop();
  });

  const hostile = (plot: string, ...more: string[]) => script('hostile-catalog', {}, `--plot=${plot}`, ...more);

  /** The hostile servers come first, so that they have the first choice of names and pages. */
  async function eachList(plot: string, check: (names: readonly string[], server: string) => void): Promise<void> {
    const mcpServers = { bad: hostile(plot), worse: hostile(plot, '--modern'), good: echoServer() };
    const { url } = await nodes.start({ mcpServers });
    for (const client of await everyClient(`${url}/mcp`)) {
      const listing = toolNames(client);
      expect(await slowest(client, listing)).to.be.below(NORMAL);
      const names = await listing;
      expectGood(names);
      expect(names).to.have.length(new Set(names).size);
      for (const server of ['bad', 'worse']) {
        expect(names).to.include(`${server}-small`);
        const own = names.filter((name) => name.startsWith(`${server}-`));
        check(own.map((name) => name.slice(server.length + 1)).sort(), server);
        expect(textOf(await client.callTool({ name: `${server}-small`, arguments: {} }))).to.equal('hostile small');
      }
    }
  }

  it('does not take names from others, nor show one twice', () =>
    eachList('shadow', (names) => expect(names).to.deep.equal(['echo', 'good-echo', 'small', 'twice'])));

  it('does not shadow a name whose prefix it can spell, in any order of the settings', async () => {
    const servers = { good: hostile('spell'), 'good-echo': echoServer(['tools=er']) };
    for (const mcpServers of [servers, Object.fromEntries(Object.entries(servers).reverse())]) {
      const { url } = await nodes.start({ mcpServers });
      for (const client of await everyClient(`${url}/mcp`)) {
        const names = await toolNames(client);
        expect(names.filter((name) => name.startsWith('good-echo-er'))).to.have.length(2);
        const [spelled = ''] = names.filter((name) => name.startsWith('good-echo-er_'));
        expect(textOf(await client.callTool({ name: 'good-echo-er', arguments: {} }))).to.equal('er answers');
        expect(textOf(await client.callTool({ name: spelled, arguments: {} }))).to.equal('hostile echo-er');
      }
    }
  });

  it('does not make clients read five megabytes for one tool', () =>
    eachList('large', (names) => expect(names).to.deep.equal(['small'])));

  it('does not make clients descend 200 levels', () =>
    eachList('deep', (names) => expect(names).to.deep.equal(['small'])));

  it('does not make clients refuse the tools of all others', () =>
    eachList('broken', (names) => expect(names).to.deep.equal(['bare', 'small'])));

  it('does not offer tools whose headers no client could send', () =>
    eachList('headers', (names) => expect(names).to.deep.equal(['right', 'small'])));

  it('does not lead anybody in circles', () => eachList('loop', (names) => expect(names).to.include('small')));

  it('does not send anybody from page to page for ever', async function () {
    this.timeout(60_000);
    await eachList('endless', (names) => expect(names.length).to.be.within(2, 1_000));
  });

  it('does not fill the list with a hundred thousand tools', async function () {
    this.timeout(60_000);
    await eachList('crowd', (names) => expect(names).to.have.length(20_000));
  });
});

describe('a server whose answers are hostile', () => {
  const nodes = new Nodes();
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcphub-hostile-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(async () => {
    await closeClients();
    await nodes.stop();
  });

  const listens = () => join(folder, 'listens');
  const start = async () => {
    const lines: string[] = [];
    const { url } = await nodes.start(
      {
        mcpServers: {
          bad: script('hostile-calls'),
          worse: script('hostile-calls', {}, '--modern', `--listens=${listens()}`),
          good: echoServer(),
        },
      },
      { log: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }) },
    );
    return { url: `${url}/mcp`, lines };
  };
  /** Both eras, while the good server is called. */
  async function eachCall(url: string, tool: string, check: (text: string, server: string) => void): Promise<void> {
    for (const client of await everyClient(url)) {
      for (const server of ['bad', 'worse']) {
        const call = client.callTool({ name: `${server}-${tool}`, arguments: {} });
        expect(await slowest(client, call)).to.be.below(NORMAL);
        check(textOf(await call), server);
      }
      expectGood(await toolNames(client));
    }
  }
  /** The outcome of a call at the modern server, as text or as the message of an error. */
  async function outcome(client: AnyClient, tool: string): Promise<string> {
    const call = client
      .callTool({ name: `worse-${tool}`, arguments: {} })
      .then(textOf, (error: Error) => error.message);
    expect(await slowest(client, call)).to.be.below(NORMAL);
    return call;
  }

  it('does not answer requests of others with answers to nothing', async () => {
    const { url, lines } = await start();
    await eachCall(url, 'strangers', (text) => expect(text).to.equal('known'));
    const ignored = lines.filter((line) => line.includes('Answer to no pending request ignored'));
    expect(ignored.length).to.be.within(1, 4);
  });

  it('does not reach clients with requests that nobody invited', async () => {
    const { url } = await start();
    await eachCall(url, 'ask', (text) => {
      const codes = JSON.parse(text) as unknown[];
      expect(codes.slice(0, 3)).to.deep.equal([-32601, -32601, -32601]);
      expect(codes[3]).to.be.oneOf([-32601, -32603]);
    });
  });

  it('does not drown the hub in changes of its lists', async function () {
    this.timeout(60_000);
    const { url } = await start();
    await eachCall(url, 'storm', (text) => expect(text).to.equal('stormed'));
  });

  it('does not ask for input for ever', async () => {
    const { url } = await start();
    for (const client of [await connectV1(url), await pinned(url, { elicitation: {} })]) {
      clients.push(client);
      for (const tool of ['forever', 'restless']) {
        const before = Number(textOf(await client.callTool({ name: 'worse-rounds', arguments: {} })));
        const message = await outcome(client, tool);
        expect(message).to.match(/asked for input|capability|rounds|input/i);
        const after = Number(textOf(await client.callTool({ name: 'worse-rounds', arguments: {} })));
        expect(after - before).to.be.within(1, 40);
      }
    }
  });

  it('does not make a client do what it does not know', async () => {
    const { url } = await start();
    for (const client of [await connectV1(url), await connectV2(url), await pinned(url, { elicitation: {} })]) {
      clients.push(client);
      expect(await outcome(client, 'oddly')).to.include('files/delete');
    }
  });

  it('does not lose a state of a megabyte', async () => {
    const { url } = await start();
    const client = await pinned(url, { elicitation: {} });
    clients.push(client);
    expect(await outcome(client, 'burdened')).to.equal(`carried ${1024 * 1024}`);
  });

  it('does not pass off an answer as one that it is not', async () => {
    const { url } = await start();
    const client = await pinned(url);
    clients.push(client);
    expect(await outcome(client, 'mistyped')).to.match(/result ?type/i);
    expect(await outcome(client, 'unreadable')).to.match(/result ?type/i);
    for (const legacy of [await connectV1(url), await connectV2(url)]) {
      clients.push(legacy);
      for (const tool of ['mistyped', 'unreadable']) {
        expect(await outcome(legacy, tool)).to.include("Server 'worse' sent an answer that is of the unknown type");
      }
    }
  });

  it('does not make the hub listen ever faster to what ends at once', async function () {
    this.timeout(40_000);
    const { url } = await start();
    const [client] = (await everyClient(url)) as [AnyClient];
    const times = () => readFileSync(listens(), 'utf8').trim().split('\n').map(Number);
    await client.callTool({ name: 'worse-rounds', arguments: {} });
    const before = times().length;
    const third = until(() => times().length >= before + 2, 30_000);
    expect(await slowest(client, third)).to.be.below(NORMAL);
    const [first = 0, second = 0, last = 0] = times().slice(-3);
    expect(second - first).to.be.at.least(900);
    expect(last - second).to.be.greaterThan(1.5 * (second - first));
  });
});

describe('hostile servers in a cluster', () => {
  const PLOTS = ['shadow', 'large', 'deep', 'broken', 'headers', 'loop', 'endless', 'heavy', 'cursors', 'crowd'];
  let cluster: Cluster;
  before(async function () {
    this.timeout(60_000);
    const bad = PLOTS.map((plot) => [plot, script('hostile-catalog', {}, `--plot=${plot}`)]);
    const calls = { calls: script('hostile-calls'), modern: script('hostile-calls', {}, '--modern') };
    const mcpServers = { ...Object.fromEntries(bad), ...calls, good: script('hub-echo') };
    cluster = await startCluster({ nodes: [{ settings: hosting(mcpServers) }] });
  });
  after(async function () {
    this.timeout(30_000);
    await closeClients();
    await cluster?.stop();
  });

  /** Of the node, in MiB. */
  const resident = () => {
    const status = readFileSync(`/proc/${cluster.node('node-1').pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  };
  const warnings = (nodes: readonly NodeRow[], server: string): string => {
    const reports = nodes[0]?.metadata?.serverStatus as Record<string, { warnings?: string[] }> | undefined;
    return (reports?.[server]?.warnings ?? []).join('\n');
  };

  it('do not stay unnoticed', async function () {
    this.timeout(60_000);
    const [client] = (await everyClient(`${cluster.url}/mcp`)) as [AnyClient];
    await until(async () => {
      const names = await toolNames(client);
      return PLOTS.every((plot) => names.includes(`${plot}-small`));
    }, 50_000);
    const nodes = await cluster.until('a warning for each', (seen) =>
      PLOTS.every((plot) => warnings(seen, plot) !== ''),
    );
    expect(warnings(nodes, 'shadow')).to.include("'shadow-twice'");
    expect(warnings(nodes, 'large')).to.include("'large'").and.include('1048576');
    expect(warnings(nodes, 'deep')).to.include("'deep'").and.include('128 levels');
    expect(warnings(nodes, 'broken'))
      .to.include("'list'")
      .and.include("'hints'")
      .and.include('since they have no name');
    expect(warnings(nodes, 'headers')).to.include("'spaced'").and.include('x-mcp-header');
    for (const plot of ['loop', 'endless', 'heavy', 'cursors', 'crowd']) {
      expect(warnings(nodes, plot)).to.include('cut off');
    }
    expect(warnings(nodes, 'good')).to.equal('');
  });

  it('do not let the node grow', async function () {
    this.timeout(120_000);
    needs(this, process.platform === 'linux', 'Linux, whose /proc tells what a process holds');
    const all = await everyClient(`${cluster.url}/mcp`);
    const round = async () => {
      for (const client of all) {
        for (const server of ['calls', 'modern']) {
          for (const tool of ['strangers', 'storm'])
            await client.callTool({ name: `${server}-${tool}`, arguments: {} });
        }
        expectGood(await toolNames(client));
      }
    };
    await round();
    const before = resident();
    for (let n = 0; n < 4; n++) await round();
    expect(resident() - before).to.be.below(150);
    expect(resident()).to.be.below(800);
  });
});
