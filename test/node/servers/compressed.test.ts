import type { ServerResponse } from 'node:http';
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { expect } from 'chai';
import { call, Hosting, textOfOutcome } from '../../support/servers/hosting.ts';
import { answer, event, RemoteFixture } from '../../support/servers/remote.ts';
import { until } from '../../support/until.ts';

describe('a remote server that compresses its answers', () => {
  let hosting: Hosting;
  let remote: RemoteFixture;

  beforeEach(async () => {
    hosting = new Hosting();
    remote = await new RemoteFixture().start();
  });
  afterEach(async () => {
    await hosting.clean();
    await remote.stop();
  });

  const host = (more: object = {}) => hosting.host({ type: 'streamable-http', url: remote.url, ...more });
  const head = (res: ServerResponse, encoding: string, type = 'application/json', status = 200) =>
    res.writeHead(status, { 'content-type': type, 'content-encoding': encoding });

  const encoders: Record<string, (body: Buffer) => Buffer> = {
    gzip: gzipSync,
    'X-GZIP': gzipSync,
    deflate: deflateSync,
    'deflate without its header': deflateRawSync,
    br: brotliCompressSync,
    zstd: zstdCompressSync,
    'gzip, br': (body) => brotliCompressSync(gzipSync(body)),
    identity: (body) => body,
  };
  for (const [name, encode] of Object.entries(encoders)) {
    it(`is asked not to, and understood all the same: ${name}`, async () => {
      remote.handlers['tools/call'] = ({ message }, res) => {
        const text = JSON.stringify(answer(message.id, 'small €'.repeat(20_000)));
        head(res, name.replace(/ without.*/, '')).end(encode(Buffer.from(text)));
      };
      const connection = await host({ headers: { 'Accept-Encoding': 'gzip' } }).connection();
      expect(textOfOutcome(await call(connection, 'any'))).to.equal('small €'.repeat(20_000));
      expect(remote.seen.at(-1)?.headers['accept-encoding']).to.equal('identity');
    });
  }

  const streams = {
    gzip: () => createGzip({ flush: constants.Z_SYNC_FLUSH }),
    deflate: () => createDeflate({ flush: constants.Z_SYNC_FLUSH }),
    br: () => createBrotliCompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
  };
  for (const [encoding, open] of Object.entries(streams)) {
    it(`is heard at once on an event stream: ${encoding}`, async () => {
      let heard = 0;
      remote.handlers['tools/call'] = ({ message }, res) => {
        const { progressToken } = (message.params?._meta ?? {}) as { progressToken?: number };
        const encoder = open();
        encoder.pipe(head(res, encoding, 'text/event-stream'));
        const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress: 1 } };
        encoder.write(event(progress));
        // Not before the first one was heard.
        void until(() => heard === 1).then(() => encoder.end(event(answer(message.id, 'done'))));
      };
      const onProgress = () => void heard++;
      expect(textOfOutcome(await call(await host().connection(), 'any', {}, { onProgress }))).to.equal('done');
    });
  }

  it('is not decoded beyond the bounds of a message, of an error, or of a stream without events', async () => {
    const bombs = {
      json: gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20)),
      stream: gzipSync(Buffer.alloc(64 * 1024 * 1024, 'data: x\n')),
      comments: gzipSync(Buffer.alloc(64 * 1024 * 1024, ': x\n\n')),
    };
    remote.handlers['tools/call'] = ({ message }, res) => {
      const name = message.params?.name as keyof typeof bombs;
      head(res, 'gzip', name === 'json' ? 'application/json' : 'text/event-stream').end(bombs[name]);
    };
    const connection = await host().connection();
    for (const name of Object.keys(bombs)) {
      expect(textOfOutcome(await call(connection, name)), name).to.match(
        /grows more than 100 times when it is decoded/,
      );
    }
    remote.handlers['tools/call'] = (_seen, res) => void head(res, 'gzip', 'text/plain', 500).end(bombs.json);
    expect(textOfOutcome(await call(connection, 'error'))).to.match(/answered 500/);
  });

  it('is told what is wrong with an encoding that is not known, or is not what the body has', async () => {
    const connection = await host().connection();
    const answers: [string, Buffer, RegExp][] = [
      ['compress', Buffer.from('x'), /the content encoding 'compress', which nobody asked for/],
      ['br, br, br', Buffer.from('x'), /the content encoding 'br, br, br', which nobody asked for/],
      ['gzip', Buffer.from('{"jsonrpc":"2.0"}'), /may or may not have run$/],
      ['gzip', gzipSync('{"jsonrpc":').subarray(0, 12), /invalid JSON|without a response/],
      ['br', Buffer.from('plain'), /invalid JSON|may or may not have run$/],
    ];
    for (const [encoding, body, reason] of answers) {
      remote.handlers['tools/call'] = (_seen, res) => void head(res, encoding).end(body);
      expect(textOfOutcome(await call(connection, 'any')), encoding).to.match(reason);
    }
    delete remote.handlers['tools/call'];
    expect(textOfOutcome(await call(connection, 'any'))).to.equal('plain');
  });
});
