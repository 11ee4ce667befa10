import { expect } from 'chai';
import { mintInnerId } from '../../cluster/inner-id.ts';
import { nodeTag } from '../../cluster/tag.ts';
import { answer, json } from './support/foreign-node.ts';
import { type Harness, startHarness } from './support/harness.ts';

describe('router: a stream that goes on', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  it('is not asked for from an event that another node wrote', async () => {
    harness = await startHarness();
    const told: [node: string, lastEventId: string | undefined][] = [];
    for (const id of ['node-1', 'node-2']) {
      const node = await harness.addNode(id, ['a'], { metadata: { tag: nodeTag(id), instance: id, startedAt: 1 } });
      node.override = (req, res, body) => {
        if (req.method === 'GET' && req.headers.upgrade === undefined) {
          told.push([id, req.headers['last-event-id'] as string | undefined]);
          res.writeHead(200, { 'content-type': 'text/event-stream' }).end();
          return true;
        }
        if (body === '') return false;
        const bound = { target: 'a', principal: '' };
        json(res, answer(JSON.parse(body).id, {}), mintInnerId({ ...CLIENT, createdAt: Date.now() }, bound));
        return true;
      };
    }
    const { id } = await harness.open('/mcp/a');
    const headers = { accept: 'text/event-stream', 'mcp-session-id': id, 'last-event-id': '17' };
    const listen = async () => (await fetch(`${harness.coordinator.url}/mcp/a`, { headers })).text();
    await listen();
    const home = harness.nodes.find((node) => node.id === told[0]?.[0]);
    await home?.stop();
    await listen();
    expect(told.map(([, lastEventId]) => lastEventId)).to.eql(['17', undefined]);
    expect(told[0]?.[0]).not.to.equal(told[1]?.[0]);
  });
});

const CLIENT = { revision: '2025-06-18', capabilities: {} } as const;
