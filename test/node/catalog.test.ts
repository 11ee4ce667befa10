import { expect } from 'chai';
import { pino } from 'pino';
import { Catalog } from '../../node/catalog/catalog.ts';
import type { Connection } from '../../node/servers/connection.ts';

/** A connection whose answers the test gives one by one. */
function controlled(capabilities: object = { tools: {} }) {
  const asked: ((names: string[]) => void)[] = [];
  let up = true;
  const connection = {
    server: { capabilities },
    request: () =>
      new Promise((resolve) => asked.push((names) => resolve({ result: { tools: names.map((name) => ({ name })) } }))),
  } as unknown as Connection;
  const connect = async () => {
    if (!up) throw new Error('it is down');
    return connection;
  };
  const down = () => {
    up = false;
  };
  return { asked, down, catalog: new Catalog(connect, pino({ level: 'silent' })) };
}

const names = (items: readonly Record<string, unknown>[] | undefined) => items?.map(({ name }) => name);
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the catalog of a server', () => {
  it('does not ask twice for callers that come at once, nor for those that come later', async () => {
    const { catalog, asked } = controlled();
    const both = Promise.all([catalog.get('tools'), catalog.get('tools')]);
    await turn();
    expect(asked).to.have.length(1);
    asked[0]?.(['a']);
    const [first, second] = await both;
    expect(first).to.equal(second);
    expect(await catalog.get('tools')).to.equal(first);
    expect(asked).to.have.length(1);
  });

  it('does not pass over a server that declares no tools', async () => {
    const { catalog } = controlled({ prompts: {} });
    expect(await catalog.get('tools')).to.deep.equal([]);
    expect(catalog.warnings.all().join()).to.include('declares no capability "tools"');
  });

  it('does not keep what was fetched before a change was announced', async () => {
    const { catalog, asked } = controlled();
    const early = catalog.get('tools');
    await turn();
    catalog.invalidate(['tools']);
    const late = catalog.get('tools');
    await turn();
    expect(asked).to.have.length(2);
    asked[1]?.(['new']);
    expect(names(await late)).to.deep.equal(['new']);
    asked[0]?.(['old']);
    expect(names(await early)).to.deep.equal(['old']);
    expect(names(catalog.fresh('tools'))).to.deep.equal(['new']);
  });

  it('does not make an equal list look like a change', async () => {
    const { catalog, asked } = controlled();
    const first = catalog.get('tools');
    await turn();
    asked[0]?.(['a']);
    const before = await first;
    catalog.invalidate();
    expect(catalog.fresh('tools')).to.equal(undefined);
    const second = catalog.get('tools');
    await turn();
    asked[1]?.(['a']);
    expect(await second).to.equal(before);
  });

  it('does not lose the last list while the server is away', async () => {
    const { catalog, asked, down } = controlled();
    const first = catalog.get('tools');
    await turn();
    asked[0]?.(['a']);
    await first;
    down();
    catalog.invalidate();
    expect(names(await catalog.get('tools'))).to.deep.equal(['a']);
    expect(catalog.fresh('tools')).to.equal(undefined);
  });

  it('does not invent a list of a server that was never reached', async () => {
    const { catalog, down } = controlled();
    down();
    expect(await catalog.get('tools').catch((error: Error) => error.message)).to.equal('it is down');
  });

  it('does not ask for what a server does not have', async () => {
    const { catalog, asked } = controlled({});
    expect(await catalog.get('tools')).to.deep.equal([]);
    expect(asked).to.have.length(0);
  });
});
