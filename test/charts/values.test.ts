import { expect } from 'chai';
import { load } from 'js-yaml';
import { chartFile, chartSchema, chartValues, type Schema, withDefinition } from '../../charts/chart.ts';
import { needsHelm, refusal, render } from './chart.ts';

const SCHEMA = chartSchema();

/** Each value that the schema knows, by its path, and whether it is described. */
function fieldsOf(schema: Schema, prefix = ''): Map<string, Schema> {
  return new Map(
    Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
      const field = withDefinition(property, SCHEMA);
      return [[`${prefix}${name}`, field] as const, ...fieldsOf(field, `${prefix}${name}.`)];
    }),
  );
}

/** Paths of all values that are set; what a map holds belongs to the map. */
function pathsOf(values: Record<string, unknown>, fields: Map<string, Schema>, prefix = ''): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const path = `${prefix}${name}`;
    const inside = typeof value === 'object' && value !== null && fields.get(path)?.properties !== undefined;
    return [path, ...(inside ? pathsOf(value as Record<string, unknown>, fields, `${path}.`) : [])];
  });
}

/** Objects of the schema, with their paths, also those within lists and definitions. */
function objectsOf(schema: Schema, path: string): [string, Schema][] {
  const inside = [
    ...Object.entries({ ...schema.properties, ...schema.definitions }),
    ...(schema.items === undefined ? [] : [['[]', schema.items] as const]),
  ];
  const own: [string, Schema][] = schema.properties === undefined ? [] : [[path, schema]];
  return [...own, ...inside.flatMap(([name, child]) => objectsOf(child, `${path}.${name}`))];
}

describe('the values of the chart', () => {
  const fields = fieldsOf(SCHEMA);

  it('are all in the schema and described', () => {
    const paths = pathsOf(chartValues(), fields);
    expect(paths.length).to.be.greaterThan(70);
    const undescribed = paths.filter((path) => !fields.get(path)?.description);
    expect(undescribed).to.eql([]);
  });

  it('have defaults in values.yaml, apart from what Helm sets itself', () => {
    const set = new Set(pathsOf(chartValues(), fields));
    // Fields of an affinity, as in a Pod.
    const withoutDefault = [...fields.keys()].filter((path) => !set.has(path) && !path.startsWith('affinity.'));
    expect(withoutDefault).to.eql(['global', 'enabled']);
  });

  it('are described by an object that knows no other fields, at each level', () => {
    const open = objectsOf(SCHEMA, '').filter(([, { additionalProperties }]) => additionalProperties !== false);
    expect(open.map(([path]) => path)).to.eql([]);
  });

  it('are all set by one file of ci, so that all of them together are linted and rendered', () => {
    const everything = load(chartFile('ci/everything-values.yaml')) as Record<string, unknown>;
    const set = new Set(pathsOf(everything, fields));
    expect([...fields.keys()].filter((path) => !set.has(path))).to.eql(['global', 'enabled']);
  });

  describe('refused by the schema', () => {
    const WRONG: [string, Record<string, unknown>, RegExp][] = [
      ['an unknown key', { replica: 3 }, /replica\b/],
      ['an unknown key deep inside', { metrics: { serviceMonitor: { enable: true } } }, /enable\b/],
      ['an unknown field of a list', { tolerations: [{ keey: 'a' }] }, /keey/],
      ['a number as text', { replicas: '2' }, /replicas/],
      ['a level of log lines that does not exist', { logLevel: 'verbose' }, /logLevel/],
      ['a digest that is none', { image: { digest: 'latest' } }, /digest/],
      ['the name of a namespace in capitals', { watchNamespaces: ['Team'] }, /watchNamespaces/],
      ['a namespace twice', { watchNamespaces: ['a', 'a'] }, /watchNamespaces/],
      ['a grace period that cuts the shutdown short', { terminationGracePeriodSeconds: 5 }, /terminationGracePeriod/],
      ['a budget that stops every drain', { podDisruptionBudget: { maxUnavailable: 0 } }, /maxUnavailable/],
      ['a label with a space', { podLabels: { a: 'b c' } }, /podLabels/],
      ['a label that is not text', { commonLabels: { a: 1 } }, /commonLabels/],
    ];
    before(function () {
      needsHelm(this);
    });
    for (const [what, values, message] of WRONG) {
      it(what, async () => {
        for (const helm of [3, 4] as const) expect(await refusal({ helm, values }), `Helm ${helm}`).to.match(message);
      });
    }
  });

  it('may hold what Helm adds when the chart is part of another', async function () {
    needsHelm(this);
    expect(await render({ values: { global: { any: 1 }, enabled: true } })).to.have.length.greaterThan(5);
  });
});
