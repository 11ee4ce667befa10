import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import type { WireControl } from '../../router/wire/contract.ts';
import { Origin } from '../../router/wire/origin.ts';
import { until } from '../support/until.ts';
import { ask, GET, type RawNode, startRawNode } from './support/raw-node.ts';

const OK = 'HTTP/1.1 200 OK\r\n';

describe('router: answers of nodes', () => {
  let node: RawNode | undefined;
  let origin: Origin | undefined;
  const started = async (answer: (socket: Socket, received: string) => void) => {
    node = await startRawNode(answer);
    origin = new Origin(node.url, 1_000);
    return { node, origin };
  };
  const failure = (asked: Promise<unknown>) =>
    asked.then(
      () => 'an answer',
      (error: Error) => error.message,
    );
  afterEach(async () => {
    await origin?.destroy();
    await node?.stop();
    node = origin = undefined;
  });

  const shapes: Record<string, [text: string, body: string, again: boolean]> = {
    'a length': [`${OK}Content-Length: 5\r\nA:  b \r\na: c\r\n\r\nhello`, 'hello', true],
    chunks: [`${OK}Transfer-Encoding: Chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nT: t\r\n\r\n`, 'hello', true],
    'no length': [`${OK}\r\nhello`, 'hello', false],
    'a length of 0': [`${OK}content-length: 0\r\n\r\n`, '', true],
    'an interim answer': [`HTTP/1.1 103 Early\r\nlink: x\r\n\r\n${OK}content-length: 5\r\n\r\nhello`, 'hello', true],
    'no body by its status': ['HTTP/1.1 204\r\n\r\n', '', true],
    'an older version': ['HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nhello', 'hello', false],
    'the will to close': [`${OK}connection: x, Close\r\ncontent-length: 5\r\n\r\nhello`, 'hello', false],
    'a short life': [`${OK}keep-alive: timeout=1\r\ncontent-length: 5\r\n\r\nhello`, 'hello', false],
  };
  for (const [name, [text, body, again]] of Object.entries(shapes)) {
    it(`reads an answer with ${name} in any cut, and uses its connection again only if it may`, async () => {
      let step = text.length;
      const { node, origin } = await started(async (socket) => {
        for (let at = 0; at < text.length; at += step) {
          socket.write(text.slice(at, at + step), 'latin1');
          if (step < text.length) await new Promise(setImmediate);
        }
        if (name === 'no length') socket.end();
      });
      for (step of [text.length, 1, 7]) expect((await ask(origin)).body, String(step)).to.equal(body);
      expect(node.sockets.length).to.equal(again ? 1 : 3);
    });
  }

  it('gives repeated headers all of their values, whatever they are called', async () => {
    const { origin } = await started((socket) =>
      socket.write(
        `${OK}Set-Cookie: a\r\nset-cookie:\tb\t\r\nconstructor: c\r\n__proto__: d\r\ncontent-length: 0\r\n\r\n`,
      ),
    );
    const { headers } = await ask(origin);
    expect(headers['set-cookie']).to.deep.equal(['a', 'b']);
    expect(headers.constructor).to.equal('c');
  });

  for (const [name, text] of Object.entries({
    'two lengths': `${OK}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!`,
    'a length and chunks': `${OK}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    'a length that is none': `${OK}content-length: +5\r\n\r\nhello`,
    'another coding': `${OK}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    'a chunk that goes on': `${OK}transfer-encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n`,
    'a size that is none': `${OK}transfer-encoding: chunked\r\n\r\n0x3\r\nhel\r\n0\r\n\r\n`,
    'a line that ends with LF alone': `${OK}transfer-encoding: chunked\r\n\r\n3\nhel\r\n0\r\n\r\n`,
    'a header on two lines': `${OK}a: b\r\n c: d\r\ncontent-length: 0\r\n\r\n`,
    'a space before the colon': `${OK}content-length : 0\r\n\r\n`,
    'a CR within a value': `${OK}a: b\rc: d\r\ncontent-length: 0\r\n\r\n`,
    'a protocol that nobody asked for': 'HTTP/1.1 101 X\r\nupgrade: x\r\n\r\n',
    'no HTTP': 'SSH-2.0-OpenSSH_9.6\r\n\r\n',
    'a head without end': `${OK}a: ${'b'.repeat(70_000)}`,
    'trailers without end': `${OK}transfer-encoding: chunked\r\n\r\n0\r\n${`a: ${'b'.repeat(900)}\r\n`.repeat(20)}`,
    'less than it says': `${OK}content-length: 6\r\n\r\nhello`,
    'a last chunk that is missing': `${OK}transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n`,
  })) {
    it(`takes ${name} for no whole answer`, async () => {
      const { node, origin } = await started((socket) => {
        socket.write(text, 'latin1');
        if (/less|missing/.test(name)) socket.end();
      });
      expect(await failure(ask(origin))).to.not.equal('an answer');
      await once(node.sockets[0] as Socket, 'close');
    });
  }

  it('does not take what was sent without a request for the answer to the next one', async () => {
    let count = 0;
    const { node, origin } = await started((socket) => {
      const answer = `${OK}content-length: 1\r\n\r\n${++count}`;
      socket.write(count === 1 ? answer + answer.replace(/1$/, 'X') : answer);
    });
    expect((await ask(origin)).body).to.equal('1');
    expect((await ask(origin)).body).to.equal('2');
    expect(node.sockets.length).to.equal(2);
  });

  it('does not send a request on a connection that the node has closed meanwhile', async () => {
    const { node, origin } = await started((socket) => socket.write(`${OK}content-length: 1\r\n\r\n1`));
    for (let i = 0; i < 20; i++) {
      await ask(origin);
      node.sockets.at(-1)?.destroy();
      // The end of the connection is on its way before the next request is.
      await new Promise(setImmediate);
    }
    expect(node.sockets.length).to.equal(20);
  });

  it('tells a node that cannot be reached from one that was lost, and says nothing after an abort', async () => {
    const { node, origin } = await started((socket) => socket.destroy());
    let begun = 0;
    const hooks = { onRequestStart: () => void begun++ };
    expect(await failure(ask(origin, GET, hooks))).to.match(/closed|ECONNRESET/);
    expect(begun).to.equal(1);
    await node.stop();
    expect(await failure(ask(origin, GET, hooks))).to.contain('ECONNREFUSED');
    expect(begun).to.equal(1);
  });

  it('sends nothing of a request that is aborted before it begins, and ends one that is aborted later', async () => {
    const { node, origin } = await started(() => {});
    const abort = (control: WireControl) => control.abort(new Error('not wanted'));
    expect(await failure(ask(origin, GET, { onRequestStart: abort }))).to.equal('not wanted');
    let later: WireControl | undefined;
    const asked = failure(
      ask(origin, GET, {
        onRequestStart: (control) => {
          later = control;
        },
      }),
    );
    await until(() => node.received.at(-1)?.endsWith('\r\n\r\n') === true);
    later?.abort(new Error('not any more'));
    expect(await asked).to.equal('not any more');
    expect(node.received.filter((text) => text !== '').length).to.equal(1);
  });

  it('cannot be paused or aborted by a request that is over', async () => {
    const { node, origin } = await started((socket) => socket.write(`${OK}content-length: 1\r\n\r\n1`));
    let old: WireControl | undefined;
    await ask(origin, GET, {
      onResponseData: (control) => {
        old = control;
        control.pause();
      },
    });
    const next = ask(origin);
    old?.pause();
    old?.abort(new Error('too late'));
    expect((await next).body).to.equal('1');
    expect(node.sockets.length).to.equal(1);
  });
});

describe('router: requests to nodes', () => {
  it('refuses what would be taken for another part of the request', async () => {
    const origin = new Origin('http://127.0.0.1:1', 1_000);
    const wrong = [
      { path: '/a b' },
      { path: '/a\r\nb: c' },
      { path: 'http://other/' },
      { method: 'GET / HTTP/1.1\r\n' },
      { headers: ['a', 'b\r\nc: d'] },
      { headers: ['a', 'b\0'] },
      { headers: ['a', '\u0100'] },
      { headers: ['a b', 'c'] },
      { headers: ['', 'c'] },
    ];
    for (const part of wrong) {
      expect(() => origin.dispatch({ ...GET, ...part }, {} as never), JSON.stringify(part)).to.throw('not sound');
    }
    await origin.destroy();
  });

  it('sends bodies of any kind so that node:http reads the same bytes', async () => {
    const server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => res.end(Buffer.concat(chunks)));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = new Origin(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 1_000);
    const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 7) % 256));
    const stream = (body: Buffer) => {
      const through = new PassThrough();
      for (let at = 0; at < body.length; at += 50_000) through.write(body.subarray(at, at + 50_000));
      return through.end();
    };
    for (const length of [0, 1, 8_192, 8_193, 300_000]) {
      const body = bytes(length);
      const told = ['content-length', String(length)];
      for (const [kind, headers, sent] of [
        ['held', [], body],
        ['a stream', told, stream(body)],
        ['a stream of unknown length', [], stream(body)],
      ] as const) {
        const answer = await ask(origin, { method: 'POST', path: '/', headers, body: sent });
        expect(Buffer.from(answer.body, 'latin1').equals(body), `${kind} of ${length}`).to.equal(true);
      }
    }
    await origin.destroy();
    server.close();
  });

  it('does not let a node take a body that broke off for a whole one', async () => {
    const node = await startRawNode(() => {});
    const origin = new Origin(node.url, 1_000);
    for (const headers of [[], ['content-length', '10']]) {
      const body = new PassThrough();
      body.write('hello');
      body.on('error', () => {});
      const asked = ask(origin, { method: 'POST', path: '/', headers, body }).catch((error: Error) => error.message);
      const connections = node.sockets.length + 1;
      await until(() => node.received[connections - 1]?.includes('hello') === true);
      body.destroy();
      expect(await asked).to.equal('the body of the request broke off');
      expect(node.received.at(-1)).to.not.contain('\r\n0\r\n\r\n');
    }
    const gone = new PassThrough().destroy();
    const asked = ask(origin, { method: 'POST', path: '/', headers: [], body: gone });
    expect(await asked.catch((error: Error) => error.message)).to.equal('the body of the request broke off');
    await origin.destroy();
    await node.stop();
  });
});
