import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { WINDOW } from '../../cluster/trunk/frames.ts';
import type { HubResponse } from '../../node/http/carried.ts';
import type { WireControl } from '../../router/wire/contract.ts';
import type { Origin } from '../../router/wire/origin.ts';
import { until } from '../support/until.ts';
import { ask } from './support/raw-node.ts';
import { type Answer, failureOf, request, startPair, type TrunkPair } from './support/trunk-node.ts';

/** The first request finds no trunk yet; this returns when there is one. */
async function opened(origin: Origin, isOpen: () => boolean): Promise<void> {
  await ask(origin, request('/first'));
  await until(isOpen);
  // Both ends know by the time an answer has come over it.
  await until(async () => (await ask(origin, request('/probe'))).body !== 'plain');
}

describe('router: trunks to nodes', () => {
  let pair: TrunkPair;
  let answer: Answer = () => undefined;
  const held: { url: string; response: HubResponse }[] = [];
  const echo: Answer = ({ method, url, headers, whole }, response) => {
    const text = JSON.stringify({ method, url, name: headers['x-name'], body: whole.toString() });
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      .end(text);
  };
  const hold: Answer = ({ url }, response) => held.push({ url, response });

  beforeEach(async () => {
    answer = echo;
    held.length = 0;
    pair = await startPair((asked, response) => answer(asked, response));
    await opened(pair.origin, () => pair.sockets.length > 0);
    pair.plain = 0;
  });
  afterEach(() => pair.stop());

  it('tell when they break, for the node may be gone, and not when one of their ends ends them', async () => {
    const [broken] = pair.sockets;
    broken?.destroy();
    await until(() => pair.broken === 1);
    await opened(pair.origin, () => pair.sockets.length > 1);
    const [, left] = pair.sockets;
    const over = once(left as Socket, 'close');
    pair.trunks.leave();
    await over;
    await opened(pair.origin, () => pair.sockets.length > 2);
    const closed = once(pair.sockets[2] as Socket, 'close');
    pair.origin.close();
    await closed;
    expect(pair.broken).to.equal(1);
  });

  it('carry hundreds of requests at once on one connection, and mix nothing up', async () => {
    const sizes = Array.from({ length: 300 }, (_, i) => (i * 7919) % 60_000);
    const answers = await Promise.all(
      sizes.map((size, i) => ask(pair.origin, request(`/${i}`, `${i}é`.repeat(size / 8)))),
    );
    for (const [i, { status, headers, body }] of answers.entries()) {
      const text = Buffer.from(body, 'latin1');
      expect([status, headers['content-type'], Number(headers['content-length'])]).to.eql([
        200,
        'application/json',
        text.length,
      ]);
      expect(JSON.parse(text.toString())).to.eql({
        method: 'POST',
        url: `/${i}`,
        name: 'a, b',
        body: `${i}é`.repeat((sizes[i] as number) / 8),
      });
    }
    expect([pair.sockets.length, pair.plain]).to.eql([1, 0]);
  });

  it('carry neither streams that stay open nor bodies for which others would have to wait', async () => {
    const long = { ...request('/long'), body: Buffer.alloc(64 * 1024 + 1) };
    const { shared: _, ...stream } = request('/stream');
    expect((await Promise.all([ask(pair.origin, long), ask(pair.origin, stream)])).map(({ body }) => body)).to.eql([
      'plain',
      'plain',
    ]);
  });

  it('pass an answer that comes in parts as it comes, with the head at once', async () => {
    answer = hold;
    const seen: string[] = [];
    const asked = ask(pair.origin, request('/events'), {
      onResponseStart: (_control, status) => seen.push(String(status)),
      onResponseData: (_control, bytes) => seen.push(bytes.toString()),
    });
    await until(() => held.length === 1);
    const [{ response }] = held as [(typeof held)[number]];
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    await until(() => seen.length === 1);
    response.write('one');
    await until(() => seen.length === 2);
    response.write('two');
    response.end('three');
    expect((await asked).headers['content-length']).to.equal(undefined);
    expect(seen.join()).to.equal('200,one,two,three');
  });

  it('hold up nobody because of a long answer, nor because of one that nobody reads', async () => {
    const LONG = 5_000_000;
    let [controls, received]: [WireControl[], number] = [[], 0];
    answer = (asked, response) =>
      asked.url === '/long' ? void response.writeHead(200).end('x'.repeat(LONG)) : echo(asked, response);
    const long = ask(pair.origin, request('/long'), {
      onResponseStart: (control) => {
        controls = [control];
        control.pause();
      },
      onResponseData: (_control, bytes) => {
        received += bytes.length;
      },
    });
    await until(() => received >= WINDOW);
    for (let i = 0; i < 20; i++) expect((await ask(pair.origin, request('/short'))).status).to.equal(200);
    expect(received, 'no more than may be under way').to.be.below(WINDOW + 64 * 1024);
    controls[0]?.resume();
    expect((await long).body.length).to.equal(LONG);
    expect(pair.plain).to.equal(0);
  });

  it('tell the node when a client is gone, and nobody else', async () => {
    answer = hold;
    let control: WireControl | undefined;
    const given = failureOf(
      ask(pair.origin, request('/gone'), {
        onRequestStart: (its) => {
          control = its;
        },
      }),
    );
    const other = ask(pair.origin, request('/other'));
    await until(() => held.length === 2);
    const closed: string[] = [];
    for (const { url, response } of held) response.once('close', () => closed.push(url));
    control?.abort(new Error('the client is gone'));
    expect(await given).to.equal('the client is gone');
    await until(() => closed.length === 1);
    expect(closed).to.eql(['/gone']);
    expect(held[0]?.response.destroyed).to.equal(true);
    held[1]?.response.end('here');
    expect((await other).body).to.equal('here');
  });

  it('send nothing of a request that was given up before it left', async () => {
    const abort = (control: WireControl) => control.abort(new Error('too late'));
    let asked = 0;
    answer = (its, response) => {
      asked++;
      echo(its, response);
    };
    expect(await failureOf(ask(pair.origin, request('/never'), { onRequestStart: abort }))).to.equal('too late');
    await ask(pair.origin, request('/next'));
    expect(asked).to.equal(1);
  });

  it('end a request whose response the node breaks off, and no other', async () => {
    answer = hold;
    const broken = failureOf(ask(pair.origin, request('/broken')));
    const other = ask(pair.origin, request('/other'));
    await until(() => held.length === 2);
    held[0]?.response.destroy();
    expect(await broken).to.equal('other side closed');
    held[1]?.response.writeHead(202).end();
    expect((await other).status).to.equal(202);
  });

  it('end all that they carry when they break, and are opened again', async () => {
    answer = hold;
    const asked = ['/a', '/b', '/c'].map((path) => failureOf(ask(pair.origin, request(path))));
    await until(() => held.length === 3);
    pair.sockets[0]?.destroy();
    expect(await Promise.all(asked)).to.eql(['other side closed', 'other side closed', 'other side closed']);
    await until(() => held.every(({ response }) => response.destroyed));
    answer = echo;
    await opened(pair.origin, () => pair.sockets.length === 2);
  });

  it('of a node that leaves finish what they carry, take nothing new, and are closed by the coordinator', async () => {
    answer = hold;
    const last = ask(pair.origin, request('/last'));
    await until(() => held.length === 1);
    pair.trunks.leave();
    answer = echo;
    await until(async () => (await ask(pair.origin, request('/new'))).body === 'plain');
    expect(pair.sockets[0]?.destroyed).to.equal(false);
    held[0]?.response.end('done');
    expect((await last).body).to.equal('done');
    await until(() => pair.sockets[0]?.destroyed === true);
  });

  it('end with an error for each that waits when the coordinator stops', async () => {
    answer = hold;
    const asked = failureOf(ask(pair.origin, request('/x')));
    await until(() => held.length === 1);
    await pair.origin.destroy();
    expect(await asked).to.equal('the connections to the node were closed');
  });

  it('take what is no frame for the end of the connection, and the node goes on', async () => {
    answer = hold;
    const asked = failureOf(ask(pair.origin, request('/x')));
    await until(() => held.length === 1);
    pair.sockets[0]?.emit('data', Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    expect(await asked).to.equal('other side closed');
    answer = echo;
    await opened(pair.origin, () => pair.sockets.length === 2);
  });
});
