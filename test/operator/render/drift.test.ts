import { expect } from 'chai';
import fc from 'fast-check';
import { differences } from '../../../operator/render/drift.ts';
import { render } from '../../../operator/render/render.ts';
import { FEATURES, inputOf } from './inputs.ts';

type Json = Record<string, unknown>;
const manifests = Object.values(FEATURES).flatMap((spec) => render(inputOf(spec)).manifests);

const covers = (live: unknown, wanted: unknown) => differences(live, wanted).length === 0;

/** Every leaf of a value, with what sets it. */
function leaves(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, member]) =>
    leaves(member, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function setAt(root: unknown, path: (string | number)[], change: (holder: Json, key: string) => void): unknown {
  const copy = structuredClone(root);
  const holder = path.slice(0, -1).reduce<unknown>((at, key) => (at as Json)[key], copy);
  change(holder as Json, String(path.at(-1)));
  return copy;
}

/** Nothing is filled in here: a further key would select something else. */
const SELECTORS = /^(selector|podSelector|namespaceSelector|labelSelector|nodeSelector)$/;

/** Defaults of an API server: further fields in every object, further items in lists of things with a name. */
function defaulted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(defaulted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, SELECTORS.test(key) ? member : defaulted(member)]);
  return { ...Object.fromEntries(members), defaultedByTheServer: { generation: 1 } };
}

describe('drift', () => {
  it('is not seen where a live object is what was applied', () => {
    for (const manifest of manifests) expect(differences(structuredClone(manifest), manifest)).to.eql([]);
  });

  it('is not seen in fields that the API server filled in', () => {
    for (const manifest of manifests) expect(differences(defaulted(manifest), manifest)).to.eql([]);
  });

  it('is seen in every leaf that somebody changed or removed', () => {
    const anyLeaf = fc
      .constantFrom(...manifests)
      .chain((manifest) => fc.constantFrom(...leaves(manifest)).map((path) => ({ manifest, path })));
    fc.assert(
      fc.property(anyLeaf, ({ manifest, path }) => {
        const changed = setAt(manifest, path, (holder, key) => {
          holder[key] = 'somebody else';
        });
        expect(differences(changed, manifest), path.join('.')).to.have.length.greaterThan(0);
        const removed = setAt(manifest, path, (holder, key) => {
          if (Array.isArray(holder)) holder.splice(Number(key), 1);
          else delete holder[key];
        });
        expect(covers(removed, manifest), path.join('.')).to.equal(false);
      }),
      { numRuns: 2000 },
    );
  });

  const container = { name: 'node', image: 'a', resources: { limits: { cpu: '1', memory: '1Gi' } } };

  it('of quantities is seen by their amount, of texts letter by letter', () => {
    const live = { ...container, resources: { limits: { cpu: '1000m', memory: '1024Mi' } } };
    expect(covers(live, container)).to.equal(true);
    expect(covers({ limits: { cpu: '2' } }, { limits: { cpu: '1' } })).to.equal(false);
    expect(covers({ labels: { size: '1000m' } }, { labels: { size: '1' } })).to.equal(false);
    expect(covers({ env: [{ name: 'A', value: '1000m' }] }, { env: [{ name: 'A', value: '1' }] })).to.equal(false);
  });

  it('takes a number for the text that writes it', () => {
    expect(covers({ port: '80' }, { port: 80 })).to.equal(true);
    expect(covers({ port: '81' }, { port: 80 })).to.equal(false);
    expect(covers({ flag: 'true' }, { flag: true })).to.equal(false);
  });

  it('is not seen in containers, ports and variables that others added, whatever their order', () => {
    const other = { name: 'proxy', image: 'b' };
    expect(covers({ containers: [other, container] }, { containers: [container] })).to.equal(true);
    expect(covers({ containers: [other] }, { containers: [container] })).to.equal(false);
  });

  it('is seen in lists that are one value when they are longer, shorter or in another order', () => {
    for (const live of [['a'], ['b', 'a'], ['a', 'b', 'c'], 'a', undefined]) {
      expect(differences({ args: live }, { args: ['a', 'b'] }), JSON.stringify(live)).to.not.eql([]);
    }
  });

  it('says where, so that a log line is enough to find who does it', () => {
    const wanted = { spec: { containers: [container] }, metadata: { labels: { 'a.b/c': 'd' } } };
    const live = { spec: { containers: [{ ...container, image: 'b' }] }, metadata: { labels: {} } };
    expect(differences(live, wanted)).to.eql(['spec.containers[node].image', 'metadata.labels["a.b/c"]']);
  });
});
