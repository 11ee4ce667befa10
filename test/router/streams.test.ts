import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import type { ForeignNode } from './support/foreign-node.ts';
import { answerOf, type Harness, INITIALIZE, startHarness, toolCall } from './support/harness.ts';

describe('router: streams', () => {
  let harness: Harness;
  let node: ForeignNode;
  let session: string;
  afterEach(() => harness.stop());

  async function begin(options: Parameters<typeof startHarness>[0] = {}): Promise<void> {
    harness = await startHarness(options);
    node = await harness.addNode('node-1', ['a']);
    session = (await harness.open('/mcp')).id;
  }
  async function openGet(): Promise<{ req: ClientRequest; res: IncomingMessage }> {
    const headers = { accept: 'text/event-stream', 'mcp-session-id': session };
    const req = request(`${harness.coordinator.url}/mcp`, { headers }).end();
    req.on('error', () => {});
    const [res] = (await once(req, 'response')) as [IncomingMessage];
    res.on('error', () => {});
    return { req, res };
  }
  /** Waits until a condition holds, as the other side's events allow. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  }

  it('sends the head of an idle stream at once, with the headers that intermediaries need', async () => {
    await begin();
    const { req, res } = await openGet();
    expect(res.statusCode).to.equal(200);
    expect(res.headers).to.include({ 'x-accel-buffering': 'no', 'cache-control': 'no-cache, no-transform' });
    req.destroy();
  });

  it('keeps a silent stream alive with comments, but never within an event', async () => {
    await begin({ timings: { keepAliveInterval: 40 } });
    const { req, res } = await openGet();
    let got = '';
    res.setEncoding('utf8').on('data', (chunk: string) => {
      got += chunk;
    });
    await until(() => got.includes(': ka\n\n: ka\n\n'));
    const [upstream] = [...node.openStreams];
    got = '';
    upstream?.write('data: {"half":');
    await until(() => got.includes('half'));
    const before = got;
    const other = await openGet();
    let beats = 0;
    other.res.on('data', () => beats++);
    await until(() => beats === 4);
    other.req.destroy();
    expect(got).to.equal(before);
    upstream?.write('1}\n');
    upstream?.write('\n');
    await until(() => got.endsWith(': ka\n\n'));
    expect(got).to.match(/data: \{"half":1\}\n\n: ka\n\n/);
    req.destroy();
  });

  it('ends the stream at the node when the client leaves, so that a second one is not refused', async () => {
    await begin();
    for (let i = 0; i < 3; i++) {
      const { req } = await openGet();
      await until(() => node.openStreams.size === 1);
      req.destroy();
      await until(() => node.openStreams.size === 0);
    }
    expect(await harness.prom.metrics()).to.contain('mcphub_coordinator_open_streams 0');
  });

  it('tells the node that the client of a running call has left', async () => {
    await begin();
    const gone = new Promise<void>((resolve) => {
      node.behaviours.set('slow', (_req, res) => void res.on('close', resolve));
    });
    const abort = new AbortController();
    const call = fetch(`${harness.coordinator.url}/mcp`, {
      method: 'POST',
      headers: { 'mcp-session-id': session },
      body: JSON.stringify(toolCall(1, 'slow')),
      signal: abort.signal,
    }).catch(() => 'aborted');
    await until(() => node.seen.some(({ body }) => body.includes('slow')));
    abort.abort();
    await gone;
    expect(await call).to.equal('aborted');
  });

  it('passes a 3 MiB request and a 20 MiB answer byte for byte', async function () {
    this.timeout(30_000);
    await begin();
    const blob = randomBytes(20 * 1024 * 1024);
    node.behaviours.set(
      'big',
      (_req, res) => void res.writeHead(200, { 'content-type': 'application/octet-stream' }).end(blob),
    );
    const text = 'é'.repeat(1.5 * 1024 * 1024);
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'big', arguments: { text } } };
    const reply = await harness.post('/mcp', message, { 'mcp-session-id': session });
    const got = Buffer.from(await reply.arrayBuffer());
    expect(createHash('sha256').update(got).digest('hex')).to.equal(createHash('sha256').update(blob).digest('hex'));
    expect(node.seen.at(-1)?.body === JSON.stringify(message)).to.equal(true);
  });

  it('holds the node back while a client does not read, and cuts the client off in the end', async function () {
    this.timeout(30_000);
    await begin({ timings: { slowClientTimeout: 300 } });
    let written = 0;
    const cut = new Promise<void>((resolve) => {
      node.behaviours.set('flood', (_req, res) => {
        const chunk = Buffer.alloc(256 * 1024, 0x20);
        const pump = (): void => {
          while (!res.destroyed && written < 500 * 1024 * 1024) {
            written += chunk.length;
            if (!res.write(chunk)) return void res.once('drain', pump);
          }
        };
        res.on('close', resolve);
        res.writeHead(200, { 'content-type': 'application/json' });
        pump();
      });
    });
    const headers = { 'content-type': 'application/json', 'mcp-session-id': session };
    const req = request(`${harness.coordinator.url}/mcp`, { method: 'POST', headers });
    req.on('error', () => {});
    req.on('response', (res) => void res.on('error', () => {}).pause());
    req.end(JSON.stringify(toolCall(1, 'flood')));
    await cut;
    expect(written).to.be.below(64 * 1024 * 1024);
    expect(harness.logs.map(({ msg }) => msg)).to.include('Client does not read its response and was cut off');
    req.destroy();
  });

  it('passes events as they come, in any cut, and keeps the answer of a long silent call', async () => {
    await begin();
    node.behaviours.set('wait', (_req, res, id) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      setTimeout(() => res.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result: {} })}\n\n`), 300);
    });
    const reply = await harness.post('/mcp', toolCall(77, 'wait'), { 'mcp-session-id': session });
    expect(await reply.text()).to.equal('data: {"jsonrpc":"2.0","id":77,"result":{}}\n\n');
  });

  it('ends streams and finishes calls at a graceful stop, and takes nothing new', async () => {
    await begin();
    const { res } = await openGet();
    const ended = once(res.resume(), 'end');
    let finish = () => {};
    node.behaviours.set('wait', (_req, answer, id) => {
      finish = () => answer.end(JSON.stringify({ jsonrpc: '2.0', id, result: { node: 'done' } }));
    });
    const call = harness.post('/mcp', toolCall(1, 'wait'), { 'mcp-session-id': session });
    await until(() => node.seen.some(({ body }) => body.includes('wait')));
    const stopped = harness.coordinator.stop({ graceful: true });
    await ended;
    expect(harness.coordinator.ready()).to.equal(false);
    finish();
    expect((await answerOf(await call)).result.node).to.equal('done');
    await stopped;
    const late = await harness.post('/mcp', INITIALIZE).then(
      () => 'answered',
      () => 'refused',
    );
    expect(late).to.equal('refused');
  });

  it('does not wait for connections that came just before it stopped and say nothing', async () => {
    await begin();
    const port = Number(new URL(harness.coordinator.url).port);
    // From a timer, so that they are accepted within the same turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 5));
    const sockets = Array.from({ length: 20 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    const begun = performance.now();
    await harness.coordinator.stop();
    expect(performance.now() - begun).to.be.below(1_000);
    for (const socket of sockets) socket.destroy();
  });

  it('forgets a session that its client deleted', async () => {
    await begin();
    const headers = { 'mcp-session-id': session };
    expect((await fetch(`${harness.coordinator.url}/mcp`, { method: 'DELETE', headers })).status).to.equal(200);
    const look = await fetch(`${harness.coordinator.url}/api/cluster/sessions/${session}`);
    expect(look.status).to.equal(404);
  });
});
