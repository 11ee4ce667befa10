import { expect } from 'chai';
import { changedLists, LISTS, type ListKind } from '../../node/catalog/lists.ts';
import { readList } from '../../node/catalog/read-list.ts';

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

  /** What is made of one item, and what is said of it. */
  async function made(kind: ListKind, item: unknown): Promise<{ item: unknown; said: string[] }> {
    const list = await readList({ request: async () => ({ result: { [LISTS[kind].field]: [item] } }) }, kind, LIMITS);
    if ('error' in list) throw new Error(list.error.message);
    return { item: list.items[0], said: list.refused.sentences(LISTS[kind].method) };
  }

  it('does not lose an item for a field that is null, nor the rest of what holds it', async () => {
    const object = { type: 'object' };
    const nulls = { title: null, description: null, icons: null, _meta: null };
    const icons = [null, { src: 'i', mimeType: null, sizes: [null, '1x1'] }];
    const iconsLeft = [{ src: 'i', sizes: ['1x1'] }];
    const cases: [ListKind, object, object][] = [
      [
        'tools',
        { name: 't', ...nulls, annotations: null, outputSchema: null, execution: null, inputSchema: null },
        { name: 't', inputSchema: object },
      ],
      ['tools', { name: 't', inputSchema: {} }, { name: 't', inputSchema: object }],
      [
        'tools',
        { name: 't', inputSchema: { type: null, properties: null, required: null, $comment: null } },
        { name: 't', inputSchema: { ...object, $comment: null } },
      ],
      [
        'tools',
        {
          name: 't',
          inputSchema: object,
          annotations: { title: null, readOnlyHint: null, openWorldHint: true, mine: null },
          execution: { taskSupport: null },
        },
        { name: 't', inputSchema: object, annotations: { openWorldHint: true, mine: null }, execution: {} },
      ],
      [
        'tools',
        { name: 't', inputSchema: { ...object, required: [null, 'a'] }, icons },
        { name: 't', inputSchema: { ...object, required: ['a'] }, icons: iconsLeft },
      ],
      ['tools', { name: 't', inputSchema: object, mine: null }, { name: 't', inputSchema: object, mine: null }],
      ['prompts', { name: 'p', ...nulls, arguments: null }, { name: 'p' }],
      [
        'prompts',
        { name: 'p', arguments: [{ name: 'a', description: null, required: null }] },
        { name: 'p', arguments: [{ name: 'a' }] },
      ],
      [
        'resources',
        { uri: 'r://1', name: null, ...nulls, mimeType: null, size: null, annotations: null },
        { uri: 'r://1', name: 'r://1' },
      ],
      [
        'resources',
        { uri: 'r://1', name: 'r', annotations: { audience: null, priority: null, lastModified: null } },
        { uri: 'r://1', name: 'r', annotations: {} },
      ],
      [
        'templates',
        { uriTemplate: 'r://{x}', name: null, ...nulls, annotations: { audience: ['user', null] } },
        { uriTemplate: 'r://{x}', name: 'r://{x}', annotations: { audience: ['user'] } },
      ],
    ];
    for (const [kind, given, left] of cases) {
      const before = structuredClone(given);
      expect(await made(kind, given), JSON.stringify(given)).to.deep.equal({ item: left, said: [] });
      expect(given).to.deep.equal(before);
    }
  });

  it('does not leave an item out without a word: its name, and what is wrong with it', async () => {
    const cases: [ListKind, unknown, RegExp][] = [
      ['tools', { name: 't', title: 7 }, /^left out of tools\/list, title: .*string.*: 't'$/],
      ['tools', { name: null }, /^left out of tools\/list, since they have no name: '\{"name":null\}'$/],
      ['tools', { name: 't', inputSchema: { type: 'array' } }, /inputSchema\.type: .*"object".*: 't'$/],
      [
        'prompts',
        { name: 'p', arguments: [{ description: 'nameless' }] },
        /prompts\/list, arguments\.0\.name: .*: 'p'$/,
      ],
      [
        'resources',
        { uri: 'r://1', annotations: { priority: 7 } },
        /resources\/list, annotations\.priority: .*: 'r:\/\/1'$/,
      ],
      ['templates', null, /resources\/templates\/list, since they have no uriTemplate: 'null'$/],
    ];
    for (const [kind, item, sentence] of cases) {
      const { item: left, said } = await made(kind, item);
      expect(left).to.equal(undefined);
      expect(said).to.have.length(1);
      expect(said[0]).to.match(sentence);
    }
    const many = Array.from({ length: 30 }, (_, n) => ({ name: `t${n}`, title: n }));
    const list = await readList({ request: async () => ({ result: { tools: [...many, 7] } }) }, 'tools', LIMITS);
    if ('error' in list) throw new Error(list.error.message);
    const said = list.refused.sentences('tools/list');
    expect(said[0]).to.include("'t0', 't1'").and.include("'t19'").and.not.include("'t20'");
    expect(said.slice(1)).to.deep.equal([
      "left out of tools/list, since they have no name: '7'",
      '10 more items are left out of tools/list',
    ]);
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
