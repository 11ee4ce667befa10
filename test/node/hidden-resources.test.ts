import { expect } from 'chai';
import { createPolicy } from '../../node/catalog/policy.ts';
import type { ItemSelection } from '../../settings/targets.ts';
import { ask } from '../matrix/modern-wire.ts';
import { RawSession } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

/** Other spellings of `a://items/7`, which the server of these tests reads as long as they begin with `a:`. */
const SPELLINGS = [
  'A://items/7',
  'a://ITEMS/7',
  'a://items/%37',
  'a://items/./7',
  'a://items/x/%2E%2e/7',
  'a://items/7#x',
  'a://items/7#',
  'a://items%2F7',
  ' a://items/7',
  'a://it\tems/7',
];

describe('a resource that settings hide', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  const mcpServers = {
    a: echoServer(['name=a'], {
      resources: { 'a://items/7': { enabled: false }, 'A://secret/{id}': { enabled: false } },
    }),
    b: echoServer(['name=b']),
  };
  const groups = [
    { name: 'map', servers: [{ name: 'b', resources: { 'B://Items/{+path}': { enabled: false } } }] },
    { name: 'list', servers: [{ name: 'b', resources: ['b://%66ixed'] }, 'a'] },
  ];

  it('is not read, subscribed to or completed in any spelling, on any route, in any revision', async () => {
    const { url } = await nodes.start({ mcpServers, groups });
    for (const target of ['', '/a', '/list']) {
      const session = await RawSession.open(`${url}/mcp${target}`);
      for (const uri of [...SPELLINGS, 'a://secret/%78', 'a://secret/x#y']) {
        const { body } = await session.request('resources/read', { uri });
        expect(body?.result, `${uri} at ${target}`).to.equal(undefined);
        const modern = await ask(`${url}/mcp${target}`, { method: 'resources/read', params: { uri } });
        expect(modern.body?.result, `${uri} of 2026-07-28 at ${target}`).to.equal(undefined);
        await session.request('resources/subscribe', { uri });
        // Elsewhere another server of the route is asked, which does not have it.
        if (target === '/a') expect(body?.error?.data?.code, uri).to.equal('MCPHUB_DISABLED');
      }
      expect(await session.call(target === '/a' ? 'subscribed' : 'a-subscribed')).to.equal('[]');
      const ref = { type: 'ref/resource', uri: 'a://SECRET/{id}' };
      const values = (await session.request('completion/complete', { ref, argument: { name: 'id', value: '' } })).text;
      expect(values).to.not.match(/"values":\["a /);
      expect((await session.request('resources/read', { uri: 'a://items/8' })).text).to.include('a has');
    }
  });

  it('is not read through a group that hides or does not list it', async () => {
    const { url } = await nodes.start({ mcpServers, groups });
    const [map, list] = await Promise.all(['map', 'list'].map((group) => RawSession.open(`${url}/mcp/${group}`)));
    const read = async (session: RawSession | undefined, uri: string) =>
      (await session?.request('resources/read', { uri }))?.body?.result !== undefined;
    for (const uri of ['b://items/7', 'b://ITEMS/7', 'b://it%65ms/a/b', 'b://x/../items/7', 'b://items%2f7#x']) {
      expect(await read(map, uri), uri).to.equal(uri === 'b://x/../items/7');
      expect(await read(list, uri), uri).to.equal(false);
    }
    expect(await read(map, 'b://fixed')).to.equal(true);
    expect(await read(list, 'b://fixed')).to.equal(true);
  });

  it('is told from others that only look alike', () => {
    const policy = (said: ItemSelection, config = {}) =>
      createPolicy('resources', { config, target: { name: 'a', resources: said }, separator: '-' });
    const enabled = (said: ItemSelection, ...uris: string[]) => uris.map((uri) => policy(said).rule(uri).enabled);
    expect(enabled({ 'd://h/a#one': { enabled: false } }, 'd://h/a', 'd://h/a#two', 'D://H/a#one')).to.deep.equal([
      true,
      true,
      false,
    ]);
    expect(
      enabled({ 'd://h/a': { enabled: false }, 'd://h/a#two': { enabled: true } }, 'd://h/a#two', 'd://h/a#x'),
    ).to.deep.equal([true, false]);
    expect(enabled(['d://h/a'], 'd://h/a', 'D://h/./%61', 'd://h/a#x', 'd://h%2Fa', 'd://h/A')).to.deep.equal([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(enabled(['d://h/{id}'], 'D://h/%61', 'd://h/a%2Fb', 'd://h/a/b')).to.deep.equal([true, true, false]);
    expect(enabled({ 'D://x': { enabled: false }, 'd://X': { enabled: true } }, 'd://x')).to.deep.equal([false]);
  });
});
