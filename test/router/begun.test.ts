import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { mintInnerId } from '../../cluster/inner-id.ts';
import { nodeTag } from '../../cluster/tag.ts';
import { NOT_STARTED } from '../../mcp/headers.ts';
import { answer, json } from './support/foreign-node.ts';
import { type Harness, startHarness, toolCall } from './support/harness.ts';

describe('router: a node that answers a call of a session with 503', () => {
  let harness: Harness;
  let calls: string[];
  /** What the first node that is asked says with its 503. */
  let reason: string | undefined;

  beforeEach(async () => {
    harness = await startHarness();
    calls = [];
    for (const id of ['node-1', 'node-2']) {
      const metadata = { tag: nodeTag(id), instance: id, startedAt: 1 };
      const node = await harness.addNode(id, ['a'], { metadata });
      node.override = (_req, res, body) => body !== '' && serve(id, res, JSON.parse(body));
    }
  });
  afterEach(() => harness.stop());

  function serve(node: string, res: ServerResponse, { id, method }: { id: number; method: string }): true {
    if (method === 'initialize') {
      const inner = mintInnerId(
        { revision: '2025-06-18', capabilities: {}, createdAt: Date.now() },
        { target: 'a', principal: '' },
      );
      json(res, answer(id, {}), inner);
    } else if (calls.push(node) === 1) res.writeHead(503, reason === undefined ? {} : { [NOT_STARTED]: reason }).end();
    else json(res, answer(id, {}));
    return true;
  }

  async function call(): Promise<number> {
    const { id } = await harness.open('/mcp/a');
    return (await harness.post('/mcp/a', toolCall(1, 'write'), { 'mcp-session-id': id })).status;
  }

  it('may have begun it, unless it says why not: no other node executes it again', async () => {
    reason = undefined;
    expect(await call()).to.equal(503);
    expect(calls).to.have.length(1);
  });

  it('has not begun it when it says why: another node takes the session over', async () => {
    reason = 'draining';
    expect(await call()).to.equal(200);
    expect(new Set(calls).size).to.equal(2);
  });
});
