import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { pin } from '../../cluster/pinned.ts';
import { ROUTER_DEFAULTS } from '../../router/config.ts';
import { answerOf, type Harness, startHarness } from './support/harness.ts';
import { addModernNode, askModern } from './support/modern.ts';

const MIB = 1024 * 1024;

describe('router: large bodies', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness();
  });
  afterEach(() => harness.stop());

  it('are refused by the size that they declare, before any of them comes', async () => {
    await harness.addNode('node-1', ['a']);
    const { hostname, port } = new URL(harness.coordinator.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(
      'POST /mcp HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n' +
        'content-length: 999999999\r\n\r\n',
    );
    expect(await text(socket)).to.match(/^HTTP\/1\.1 413 /);
  });

  it('of calls that are over do not count against those that are held: the state in them still leads to its node', async function () {
    this.timeout(60_000);
    const nodes = await Promise.all(['node-1', 'node-2'].map((id) => addModernNode(harness, id, ['a'])));
    const tags = nodes.map(({ tag }) => tag);
    const padding = 'x'.repeat(3 * MIB);
    const call = async (tag: string) => {
      const params = { name: 'write', arguments: { padding }, requestState: pin(tag, 's.state') };
      return (await answerOf(await askModern(harness, '/mcp/a', 'tools/call', params))).result.node;
    };
    const many = Math.ceil(ROUTER_DEFAULTS.heldTogether / (3 * MIB)) + 10;
    for (let i = 0; i < many; i++) expect(await call(tags[i % 2] as string)).to.equal(`node-${(i % 2) + 1}`);
  });
});
