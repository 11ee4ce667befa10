import { expect } from 'chai';
import type { Item } from '../../node/catalog/lists.ts';
import { pageAt, startOf } from '../../node/catalog/pages.ts';
import { CONFIG } from '../../node/config.ts';
import { NodeError } from '../../node/node-error.ts';
import { connectV1, RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

const items = (...names: string[]): Item[] => names.map((name) => ({ name }));
const namesOf = (list: readonly Item[]) => list.map(({ name }) => name).join('');

/** All pages of a list that may change between them. */
function read(lists: Item[][], size = 2): string[] {
  const pages: string[] = [];
  let cursor: string | undefined;
  for (const [turn, list] of [...lists, ...Array<Item[]>(9).fill(lists.at(-1) ?? [])].entries()) {
    const page = pageAt('tools', list, startOf('tools', list, cursor), size);
    pages.push(namesOf(page.items));
    cursor = page.nextCursor;
    if (cursor === undefined && turn >= lists.length - 1) return pages;
  }
  throw new Error('the pages have no end');
}

describe('the pages of a list', () => {
  it('do not lose or repeat items, nor end with an empty page', () => {
    expect(read([items('a', 'b', 'c', 'd', 'e')])).to.deep.equal(['ab', 'cd', 'e']);
    expect(read([items('a', 'b', 'c', 'd')])).to.deep.equal(['ab', 'cd']);
    expect(read([items('a', 'b')])).to.deep.equal(['ab']);
    expect(read([[]])).to.deep.equal(['']);
  });

  it('do not skip or repeat items that stay while others come and go', () => {
    const before = items('a', 'b', 'c', 'd', 'e');
    expect(read([before, items('x', 'y', 'a', 'b', 'c', 'd', 'e')])).to.deep.equal(['ab', 'cd', 'e']);
    expect(read([before, items('b', 'c', 'd', 'e')])).to.deep.equal(['ab', 'c', 'de']);
    expect(read([before, items('a', 'c', 'd', 'e')])).to.deep.equal(['ab', 'c', 'de']);
    expect(read([before, items('z')])).to.deep.equal(['ab', '']);
  });

  it('do not grow beyond their size, wherever they begin', () => {
    const list = items('a', 'b', 'c', 'd', 'e');
    expect([0, 1, 2, 3, 4, 5, 99].map((start) => namesOf(pageAt('tools', list, start, 3).items))).to.deep.equal([
      'abc',
      'bc',
      'c',
      'de',
      'e',
      '',
      '',
    ]);
  });

  it('are not found by cursors of other lists, of others, or of nobody', () => {
    const list = items('a', 'b', 'c');
    const { nextCursor } = pageAt('tools', list, 0, 2);
    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const strangers = [
      encoded(['tools', -1, 'a']),
      encoded(['tools', 1e300, 'a']),
      encoded(['tools', 0]),
      encoded(null),
    ];
    for (const cursor of ['', 'x', '2', 5, null, {}, ...strangers]) {
      expect(() => startOf('tools', list, cursor), JSON.stringify(cursor)).to.throw(
        NodeError,
        /tools\/list: cursor must/,
      );
    }
    expect(() => startOf('prompts', list, nextCursor)).to.throw(NodeError, /prompts\/list: cursor must/);
    expect(startOf('tools', list, nextCursor)).to.equal(2);
  });
});

describe('long lists of a node', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  it('do not come in one piece, and come whole to a client that follows cursors', async () => {
    const many = (letter: string) => Array.from({ length: 700 }, (_, number) => `${letter}${number}`).join(',');
    const { url } = await nodes.start({
      mcpServers: { a: echoServer([`tools=${many('a')}`]), b: echoServer([`tools=${many('b')}`]) },
    });
    const client = await connectV1(`${url}/mcp`);
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listTools(cursor === undefined ? {} : { cursor });
      pages.push(page.tools.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    await client.close();
    expect(pages).to.have.length(2);
    expect(pages[0]).to.have.length(CONFIG.listPageSize);
    const names = pages.flat();
    expect(new Set(names).size).to.equal(names.length);
    expect(names).to.include.members(['a-a0', 'a-a699', 'b-b0', 'b-b699']);
  });

  it('do not answer a cursor of another list with a page', async () => {
    const { url } = await nodes.start({ mcpServers: { a: echoServer() } });
    const session = await RawSession.open(`${url}/mcp`);
    const cursor = Buffer.from(JSON.stringify(['tools', 0, 'a-echo'])).toString('base64url');
    const tools = (await session.request('tools/list', { cursor })).body?.result?.tools as unknown[];
    const all = (await session.request('tools/list')).body?.result?.tools as unknown[];
    expect(tools).to.have.length(all.length - 1);
    for (const [method, given] of [
      ['prompts/list', cursor],
      ['tools/list', 7],
    ]) {
      const { body } = await session.request(String(method), { cursor: given });
      expect(body?.error?.code).to.equal(-32602);
      expect(body?.error?.data?.code).to.equal('MCPHUB_PARAMS_INVALID');
    }
  });
});
