import { connect } from 'node:net';
import { expect } from 'chai';
import { encodeFrame, FrameReader, KIND } from '../../cluster/trunk/frames.ts';
import type { WireHandler } from '../../router/wire/contract.ts';
import type { Origin } from '../../router/wire/origin.ts';
import { Trunk } from '../../router/wire/trunk.ts';
import { until } from '../support/until.ts';
import { ask, type RawNode, startRawNode } from './support/raw-node.ts';
import { failureOf, OPENED, request, startPair, type TrunkPair, trunkOrigin } from './support/trunk-node.ts';

const ignore = () => undefined;
const NOBODY: WireHandler = {
  onRequestStart: ignore,
  onResponseStart: ignore,
  onResponseData: ignore,
  onResponseEnd: ignore,
  onResponseError: ignore,
};
const PLAIN = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nplain';

describe('router: nodes that open no trunks, or bad ones', () => {
  let node: RawNode | undefined;
  let pair: TrunkPair | undefined;
  let origin: Origin | undefined;
  afterEach(async () => {
    await origin?.destroy();
    await node?.stop();
    await pair?.stop();
    node = pair = origin = undefined;
  });

  it('are asked over connections of their own, and not for a trunk again at once', async () => {
    let asked = 0;
    pair = await startPair(
      () => undefined,
      () => {
        asked++;
        return false;
      },
    );
    const { origin: plain } = pair;
    await ask(plain, request('/x'));
    await until(() => asked === 1);
    for (let i = 0; i < 20; i++) expect((await ask(plain, request('/x'))).body).to.equal('plain');
    expect(asked).to.equal(1);
  });

  for (const [what, answers] of [
    ['nothing at all', false],
    ['nothing but that it is there', true],
  ] as const) {
    it(`${answers ? 'keep' : 'lose'} requests at work when the node says ${what}`, async () => {
      let [pings, seen] = [0, 0];
      const frames = new FrameReader((kind) => {
        if (kind !== KIND.ping) return;
        pings++;
        if (answers) node?.sockets[0]?.write(encodeFrame(KIND.ping, 0), 'latin1');
      });
      node = await startRawNode((_socket, received) => {
        frames.read(Buffer.from(received.slice(seen), 'latin1'));
        seen = received.length;
      });
      const socket = connect(Number(new URL(node.url).port), '127.0.0.1');
      const trunk = new Trunk(socket, 20);
      socket.on('data', (bytes: Buffer) => trunk.read(bytes));
      const failed = new Promise<string>((resolve) => {
        trunk.begin(
          { ...request('/x'), body: null },
          { ...NOBODY, onResponseError: (_, { message }) => resolve(message) },
        );
      });
      if (answers) await until(() => pings > 5);
      else expect(await failed).to.equal('the node says nothing on the trunk');
      expect(socket.destroyed).to.equal(!answers);
      socket.destroy();
    });
  }

  const bad: Record<string, [answer: string, error: string]> = {
    'bytes that are no frame': ['HTTP/1.1 200 OK\r\n\r\n', 'what comes on the trunk is no frame'],
    'a head that is no JSON': [encodeFrame(KIND.whole, 1, '{'), 'JSON'],
    'a connection that ends within a frame': [
      encodeFrame(KIND.whole, 1, '[200,{}]', 'hello').slice(0, -1),
      'other side closed',
    ],
  };
  for (const [what, [text, error]] of Object.entries(bad)) {
    it(`do not bring the coordinator down with ${what}`, async () => {
      node = await startRawNode((socket, received) => {
        const last = received.slice(received.lastIndexOf('\r\n\r\n') + 4);
        if (last === '') socket.write(received.includes('upgrade') ? OPENED : PLAIN);
        else if (error === 'other side closed') socket.end(text, 'latin1');
        else socket.write(text, 'latin1');
      });
      origin = trunkOrigin(Number(new URL(node.url).port));
      await ask(origin, request('/first'));
      await until(() => node?.received.some((text) => text.includes('upgrade')) === true);
      await new Promise(setImmediate);
      expect(await failureOf(ask(origin, request('/x')))).to.contain(error);
    });
  }
});
