import { expect } from 'chai';
import { changedLists, readList } from '../../node/catalog/lists.ts';

const LIMITS = { items: 100, pages: 10 };

describe('reading a list of a server', () => {
  function source(pages: Record<string, { names: unknown[]; nextCursor?: string }>) {
    const asked: unknown[] = [];
    return {
      asked,
      request: async (_method: string, params: Record<string, unknown> | undefined) => {
        asked.push(params?.cursor);
        const { names, nextCursor } = pages[String(params?.cursor ?? '')] ?? { names: [] };
        return { result: { tools: names.map((name) => ({ name })), nextCursor } };
      },
    };
  }
  const read = async (from: ReturnType<typeof source>, limits = LIMITS) => {
    const list = await readList(from, 'tools', limits);
    if ('error' in list) throw new Error(list.error.message);
    return { names: list.items.map(({ name }) => name), cut: list.cut };
  };

  it('does not stop at the first page', async () => {
    const server = source({
      '': { names: ['a'], nextCursor: '2' },
      2: { names: ['b'], nextCursor: '3' },
      3: { names: ['c'] },
    });
    expect(await read(server)).to.deep.equal({ names: ['a', 'b', 'c'], cut: false });
    expect(server.asked).to.deep.equal([undefined, '2', '3']);
  });

  it('does not follow cursors that loop', async () => {
    const server = source({ '': { names: ['a'], nextCursor: '2' }, 2: { names: ['b'], nextCursor: '2' } });
    expect(await read(server)).to.deep.equal({ names: ['a', 'b'], cut: true });
    expect(server.asked).to.have.length(2);
  });

  it('does not read a list without end', async () => {
    let page = 0;
    const endless = {
      asked: [],
      request: async () => ({ result: { tools: [{ name: `t${page}` }], nextCursor: String(++page) } }),
    };
    expect((await read(endless)).names).to.have.length(LIMITS.pages);
    expect((await read(endless, { items: 3, pages: 10 })).names).to.have.length(3);
  });

  it('does not take an empty cursor for one more page', async () => {
    expect(await read(source({ '': { names: ['a'], nextCursor: '' } }))).to.deep.equal({ names: ['a'], cut: false });
  });

  it('does not trip over items without a name', async () => {
    expect((await read(source({ '': { names: ['a', undefined, 7, null] } }))).names).to.deep.equal(['a']);
  });

  it('does not hide the error of a page', async () => {
    const outcome = await readList(
      { request: async () => ({ error: { code: -32603, message: 'no' } }) },
      'tools',
      LIMITS,
    );
    expect(outcome).to.deep.equal({ error: { code: -32603, message: 'no' } });
  });

  it('does not take resources for templates or other methods for changes', () => {
    expect(changedLists('notifications/resources/list_changed')).to.deep.equal(['resources', 'templates']);
    expect(changedLists('notifications/message')).to.deep.equal([]);
  });
});
