import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { platform } from 'node:process';
import { expect } from 'chai';
import { closeSockets, connectV1, type EventReader, RawSession, textOf } from '../support/clients.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';
import { needs } from '../support/needs.ts';
import { type RemoteServer, startRemote } from '../support/servers/cluster-remote.ts';

const MIB = 1024 * 1024;
const SILENCE = 60_000;

/** What goes on in real time while the other tests of this file run. */
interface LongRun {
  raw: Promise<string>;
  sdk: Promise<string>;
  idle: EventReader;
  /** Milliseconds from the start at which something came on the idle stream. */
  arrivals: number[];
  headAfter: number;
}

describe('streams and large bodies', function () {
  this.timeout(30_000);
  let cluster: Cluster;
  let remote: RemoteServer;
  let long: LongRun;
  const startedAt = performance.now();

  before(async () => {
    remote = await startRemote();
    const servers = {
      tools: script('cluster-tools'),
      remote: { type: 'streamable-http', url: remote.url },
    };
    // Clients by hand answer no ping, and nothing but comments is looked for.
    const systemConfig = { cluster: { node: { clientPingInterval: 0 } } };
    cluster = await startCluster({ nodes: [{ settings: hosting(servers, { systemConfig }) }] });
    long = await startLongRun();
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
    await remote?.stop();
  });

  const open = () => RawSession.open(`${cluster.url}/mcp/tools`);

  async function startLongRun(): Promise<LongRun> {
    const session = await open();
    const client = await connectV1(`${cluster.url}/mcp/tools`);
    const sleep = { name: 'sleep', arguments: { ms: SILENCE, label: 'long' } };
    const raw = session.call('sleep', sleep.arguments);
    const sdk = client.callTool(sleep, undefined, { timeout: SILENCE + 15_000 }).then(async (result) => {
      await client.close();
      return textOf(result);
    });
    // Whoever fails before the last test must not leave an unhandled rejection.
    for (const promise of [raw, sdk]) promise.catch(() => {});
    const listener = await open();
    const asked = performance.now();
    const idle = await listener.listen();
    const arrivals: number[] = [];
    idle.response.on('data', () => arrivals.push(performance.now() - asked));
    return { raw, sdk, idle, arrivals, headAfter: performance.now() - asked };
  }

  it('does not keep the head of an idle stream back', () => {
    expect(long.idle.status).to.equal(200);
    expect(long.idle.response.headers['content-type']).to.equal('text/event-stream');
    expect(long.headAfter).to.be.below(1_000);
  });

  it('does not lose a byte of a 3 MiB request', async () => {
    const data = Array.from({ length: (3 * MIB) / 8 }, (_, i) => i.toString(36).padStart(8, '-')).join('');
    const session = await open();
    const digest = createHash('sha256').update(data).digest('hex');
    expect(await session.call('digest', { data })).to.equal(`${3 * MIB} ${digest}`);
  });

  it('does not lose a byte of a 20 MiB result, nor keep it in memory for a client that reads slowly', async function () {
    needs(this, platform === 'linux', 'Linux, to read memory from /proc');
    const session = await RawSession.open(`${cluster.url}/mcp/remote`);
    await session.call('big', { bytes: MIB });
    const { process } = cluster.coordinator;
    process.resetPeak();
    const before = process.rss;
    const { text, whileWaiting } = await slowCall(session, { name: 'big', arguments: { bytes: 20 * MIB } });
    const received = textOf(JSON.parse(text).result);
    expect(received.length).to.equal(20 * MIB);
    expect(createHash('sha256').update(received).digest('hex')).to.equal(remote.lastDigest());
    expect(whileWaiting - before).to.be.below(12 * MIB);
    // What has passed and is not collected yet counts here.
    expect(process.peakRss - before).to.be.below(60 * MIB);
  });

  /** A tool call whose answer is read only after it had a second to pile up somewhere, and the memory after that second. */
  async function slowCall(session: RawSession, params: object): Promise<{ text: string; whileWaiting: number }> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 99, method: 'tools/call', params });
    const sent = httpRequest(session.url, {
      method: 'POST',
      agent: false,
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-session-id': session.id,
        'content-length': Buffer.byteLength(body),
      },
    });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const whileWaiting = cluster.coordinator.process.rss;
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { text: Buffer.concat(chunks).toString(), whileWaiting };
  }

  it('does not spend 40 MiB on a thousand idle streams', async function () {
    needs(this, platform === 'linux', 'Linux, to read memory from /proc');
    const { process } = cluster.coordinator;
    const sessions: RawSession[] = [];
    while (sessions.length < 1_000) {
      sessions.push(...(await Promise.all(Array.from({ length: 50 }, open))));
    }
    const warm = await Promise.all(sessions.slice(0, 100).map((session) => session.listen()));
    for (const stream of warm) stream.close();
    const before = process.rss;
    const streams: EventReader[] = [];
    for (let at = 0; at < sessions.length; at += 50) {
      streams.push(...(await Promise.all(sessions.slice(at, at + 50).map((session) => session.listen()))));
    }
    expect(streams.every(({ status }) => status === 200)).to.equal(true);
    const spent = process.rss - before;
    for (const stream of streams) stream.close();
    expect(spent / MIB).to.be.below(40);
  });

  it('tells the node when clients are gone: no stream stays open there', async () => {
    const { process } = cluster.node('node-1');
    const session = await open();
    const stream = await session.listen();
    const opened = await openStreams(process, (count) => count >= 2);
    stream.close();
    expect(await openStreams(process, (count) => count < opened)).to.equal(opened - 1);
  });

  /** The number of streams that a node has open, once it is as wanted. */
  async function openStreams(
    process: Cluster['coordinator']['process'],
    wanted: (count: number) => boolean,
  ): Promise<number> {
    for (let i = 0; ; i++) {
      const count = await process.metric('mcphub_node_open_streams');
      if (wanted(count) || i === 200) return count;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('does not refuse the stream of a client that comes back with 409', async () => {
    const session = await open();
    for (let i = 0; i < 5; i++) {
      const stream = await session.listen();
      expect(stream.status).to.equal(200);
      stream.close();
    }
    const last = await session.listen();
    expect(last.status).to.equal(200);
    last.close();
  });

  it('does not let a cancelled call go on in the server', async () => {
    const client = await connectV1(`${cluster.url}/mcp/tools`);
    const controller = new AbortController();
    const call = client
      .callTool({ name: 'sleep', arguments: { ms: 3_600_000, label: 'to cancel' } }, undefined, {
        signal: controller.signal,
        timeout: 30_000,
      })
      .catch((error: Error) => error);
    await historyHas(client, 'started to cancel');
    controller.abort('enough');
    await historyHas(client, 'cancelled');
    expect(await call).to.be.an('error');
    await client.close();
  });

  it('does not take a lost connection for a cancellation: the call of a legacy client runs to its end', async () => {
    const session = await open();
    const watcher = await connectV1(`${cluster.url}/mcp/tools`);
    const controller = new AbortController();
    const params = { name: 'sleep', arguments: { ms: 400, label: 'abandoned' } };
    const call = session.request('tools/call', params, controller.signal).catch(() => 'gone');
    await historyHas(watcher, 'started abandoned');
    controller.abort();
    expect(await call).to.equal('gone');
    await historyHas(watcher, 'finished abandoned');
    await watcher.close();
  });

  /** Waits until the server says that something happened to a call. */
  async function historyHas(client: Awaited<ReturnType<typeof connectV1>>, wanted: string): Promise<void> {
    for (let i = 0; i < 200; i++) {
      const history = JSON.parse(textOf(await client.callTool({ name: 'history' }))) as string[];
      if (history.includes(wanted)) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`the server never noted "${wanted}"`);
  }

  it('does not end a call of 60 s that says nothing, nor an idle stream, which gets a comment every 15 s', async function () {
    this.timeout(80_000);
    expect(await long.raw).to.equal(`slept ${SILENCE}`);
    expect(await long.sdk).to.equal(`slept ${SILENCE}`);
    expect(long.idle.received()).to.match(/^(: ka\n\n){3,4}$/);
    let before = 0;
    for (const at of long.arrivals) {
      expect(at - before).to.be.within(13_000, 17_500);
      before = at;
    }
    expect(performance.now() - startedAt).to.be.greaterThan(SILENCE);
    long.idle.close();
  });
});
