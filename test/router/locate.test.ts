import { expect } from 'chai';
import { pino } from 'pino';
import { Graves } from '../../cluster/graves.ts';
import { mintInnerId } from '../../cluster/inner-id.ts';
import { nodeTag } from '../../cluster/tag.ts';
import type { RouterContext } from '../../router/context.ts';
import { createCatalog } from '../../router/nodes/catalog.ts';
import { createExpectations } from '../../router/nodes/expectations.ts';
import { createRegistry } from '../../router/nodes/registry.ts';
import { type Affinity, createAffinities } from '../../router/sessions/affinities.ts';
import { Claims } from '../../router/sessions/claims.ts';
import { locate } from '../../router/sessions/locate.ts';
import { parseSettings } from '../../settings/load.ts';
import { fixedSettings } from '../../settings/store.ts';

const log = pino({ level: 'silent' });
const HOUR = 3_600_000;

/** What a coordinator decides by, with nodes of ours that have told all of their claims. */
function coordinator(...ids: string[]) {
  const settings = fixedSettings(
    parseSettings({ systemConfig: { cluster: { coordinator: { maxSessionAge: 2 * HOUR } } } }),
  );
  const registry = createRegistry(settings, log);
  const claims = new Claims();
  const graves = new Graves();
  const catalog = createCatalog(settings, registry);
  const expectations = createExpectations(
    registry,
    (node) => claims.hasAllOf(node),
    () => 10_000,
  );
  const context = { settings, registry, claims, graves, catalog, expectations } as unknown as RouterContext;
  const node = (id: string) => registry.nodes.get(id)!;
  for (const id of ids) {
    const metadata = { tag: nodeTag(id), instance: id, startedAt: 1 };
    registry.register({ id, name: id, url: `http://${id}:1`, servers: ['a'], metadata });
    claims.report(node(id), { full: true, add: [], remove: [] });
  }
  return { context, claims, graves, expectations, registry, node };
}

function session(home: string, age = 0): Affinity {
  const inner = mintInnerId(
    { revision: '2025-11-25', capabilities: {}, createdAt: Date.now() - age },
    { target: '', principal: '' },
  );
  return createAffinities(log).add({ id: `x.${inner}`, inner, tag: nodeTag(home), target: '', principal: '' });
}

describe('router: where a session is', () => {
  it('is where a claim says, whatever the id says', () => {
    const { context, claims, node } = coordinator('home', 'other');
    const opened = session('home');
    expect(locate(context, opened, undefined)).to.eql({ node: node('home'), adopts: false });
    claims.place({ key: opened.key!, tag: opened.tag }, node('other'));
    expect(locate(context, opened, undefined)).to.eql({ node: node('other'), adopts: false });
  });

  it('is nowhere when its client has ended it, or when it is too old', () => {
    const { context, graves } = coordinator('home');
    expect(locate(context, session('home', 3 * HOUR), undefined)).to.equal('over');
    const opened = session('home', HOUR);
    expect(locate(context, opened, undefined)).to.have.property('adopts', false);
    graves.add(opened.key!);
    expect(locate(context, opened, undefined)).to.equal('over');
  });

  it('is at another node once its home cannot be reached, and at that one for all who ask', () => {
    const { context, registry, node } = coordinator('home', 'one', 'two');
    registry.suspect(node('home'), 'test');
    const opened = session('home');
    const found = locate(context, opened, undefined);
    expect(found).to.have.property('adopts', true);
    expect(locate(context, opened, undefined)).to.eql(found);
  });

  it('is not given away while its home may still register', () => {
    const { context } = coordinator('other');
    expect(locate(context, session('home'), undefined)).to.equal('absent');
  });

  it('is not given away while a node that may hold it has yet to tell its claims', () => {
    const { context, expectations, registry, node } = coordinator('home', 'other');
    expectations.told([nodeTag('home'), nodeTag('other'), nodeTag('third')]);
    registry.suspect(node('home'), 'test');
    expect(locate(context, session('home'), undefined)).to.equal('absent');
  });

  it('is never at a node of the original branch that did not open it', () => {
    const { context, registry, node } = coordinator('home');
    registry.register({ id: 'foreign', name: 'foreign', url: 'http://foreign:1', servers: ['a'] });
    registry.suspect(node('home'), 'test');
    expect(locate(context, session('home'), undefined)).to.equal('absent');
  });
});
