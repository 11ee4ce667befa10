import { expect } from 'chai';
import { connectV1, connectV2, textOf } from '../support/clients.ts';
import { CLUSTER_TOKEN, type Cluster, everything, hosting, script, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

describe('a node that is lost with servers of others', () => {
  let cluster: Cluster;
  beforeEach(async function () {
    this.timeout(60_000);
    cluster = await startCluster({
      nodes: [{ settings: hosting({ other: script('hub-echo') }) }, { settings: hosting({ every: everything() }) }],
    });
    // Each node has heard of the other's servers, and has their lists.
    for (const { url } of cluster.nodes) {
      const client = await connectV1(`${url}/mcp`, { headers: { 'x-mcphub-cluster-token': CLUSTER_TOKEN } });
      const names = async () => (await client.listTools()).tools.map(({ name }) => name);
      await until(async () => (await names()).includes('every-echo') && (await names()).includes('other-echo'));
      await client.close();
    }
  });
  afterEach(async function () {
    this.timeout(30_000);
    await cluster.stop();
  });

  for (const era of ['legacy', 'modern'] as const) {
    const connect = () =>
      era === 'legacy'
        ? connectV1(`${cluster.url}/mcp/other`).then(() => connectV1(`${cluster.url}/mcp`))
        : connectV2(`${cluster.url}/mcp`, 'modern');

    it(`does not take its tools out of the lists, says why a call fails, and heals (${era})`, async function () {
      this.timeout(90_000);
      const client = await connect();
      const names = async () => (await client.listTools()).tools.map(({ name }) => name);
      await until(async () => (await names()).includes('every-echo') && (await names()).includes('other-echo'));
      await cluster.node('node-2').process.kill('SIGKILL');
      await until(async () => (await names()).includes('other-echo'));
      expect(await names()).to.include('every-echo');
      const began = performance.now();
      const failed = await client
        .callTool({ name: 'every-echo', arguments: { message: 'x' } })
        .then(textOf, (error: Error) => error.message);
      expect(failed).to.match(/every/);
      expect(performance.now() - began).to.be.lessThan(10_000);
      await cluster.node('node-2').restart();
      await until(async () => {
        const answer = await client
          .callTool({ name: 'every-echo', arguments: { message: 'again' } })
          .catch(() => undefined);
        return answer !== undefined && textOf(answer) === 'Echo: again';
      }, 30_000);
      await client.close();
    });

    it(`does not leave a call in flight on the hop without an answer (${era})`, async function () {
      this.timeout(60_000);
      const client = await connect();
      await until(async () => (await client.listTools()).tools.some(({ name }) => name === 'every-echo'));
      let begun: () => void = () => {};
      const started = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const call = client
        .callTool(
          { name: 'every-trigger-long-running-operation', arguments: { duration: 30, steps: 300 } },
          ...(era === 'legacy' ? [undefined] : []),
          { onprogress: () => begun(), timeout: 25_000 } as never,
        )
        .then(textOf, (error: Error) => error.message);
      await started;
      const began = performance.now();
      await cluster.node('node-2').process.kill('SIGKILL');
      expect(await call).to.match(/lost|may or may not|Node/i);
      expect(performance.now() - began).to.be.lessThan(5_000);
      await client.close();
    });
  }
});

describe('a server that is down on the home node of a session and up on another', () => {
  it('is not out of reach', async function () {
    this.timeout(90_000);
    const broken = { command: 'no-such-command-here' };
    const cluster = await startCluster({
      nodes: [
        { settings: hosting({ every: broken, one: script('hub-echo') }), down: ['every'] },
        { settings: hosting({ every: everything() }) },
      ],
    });
    try {
      for (const url of [`${cluster.url}/mcp`, `${cluster.url}/mcp`, `${cluster.url}/mcp`]) {
        for (const client of [await connectV1(url), await connectV2(url, 'modern')]) {
          await until(async () => (await client.listTools()).tools.some(({ name }) => name === 'every-echo'));
          const answer = await client.callTool({ name: 'every-echo', arguments: { message: 'here' } });
          expect(textOf(answer)).to.equal('Echo: here');
          await client.close();
        }
      }
    } finally {
      await cluster.stop();
    }
  });
});

describe('a server of another node that is gone for longer than the grace time', () => {
  it('is not listed for ever', async function () {
    this.timeout(90_000);
    const rest = { systemConfig: { cluster: { catalogGrace: 500 } } };
    const cluster = await startCluster({
      nodes: [
        { settings: hosting({ other: script('hub-echo') }, rest) },
        { settings: hosting({ every: everything() }) },
      ],
    });
    try {
      // A client of 2026-07-28 would keep the list for a while.
      const client = await connectV1(`${cluster.url}/mcp`);
      const prefixes = async () => new Set((await client.listTools()).tools.map(({ name }) => name.split('-')[0]));
      await until(async () => (await prefixes()).has('every') && (await prefixes()).has('other'));
      await cluster.node('node-2').process.kill('SIGKILL');
      await until(async () => {
        const seen = await prefixes();
        return seen.has('other') && !seen.has('every');
      });
      await client.close();
    } finally {
      await cluster.stop();
    }
  });
});
