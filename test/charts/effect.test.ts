import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { dump, load } from 'js-yaml';
import { CHART, chartFile, chartValues } from '../../charts/chart.ts';
import { needsHelm, template } from './chart.ts';

type Values = Record<string, unknown>;

/** Values that another one outweighs in `everything`; other tests look at them. */
const OUTWEIGHED = [
  'nameOverride',
  'image.tag',
  ...['interval', 'scrapeTimeout', 'labels', 'relabelings', 'metricRelabelings'].map(
    (name) => `metrics.serviceMonitor.${name}`,
  ),
];

/** Its default is refused beside the others. */
const NEEDED = 'metrics.podMonitor.enabled';

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Paths where values differ from the defaults; a map that is empty by default is one value. */
function differences(values: Values, defaults: Values, prefix: string[] = []): string[][] {
  return Object.entries(values).flatMap(([name, value]) => {
    const fallback = defaults[name];
    const path = [...prefix, name];
    if (isMap(value) && isMap(fallback) && Object.keys(fallback).length > 0) return differences(value, fallback, path);
    return JSON.stringify(value) === JSON.stringify(fallback) ? [] : [path];
  });
}

/** The values with the one at a path taken out, so that its default holds. */
function without(values: Values, [name = '', ...rest]: string[]): Values {
  const { [name]: inner, ...others } = values;
  return rest.length === 0 || !isMap(inner) ? others : { ...others, [name]: without(inner, rest) };
}

/** Renders the chart once for each set of values, in one run: as the parts of another chart, named v0, v1 and so on. */
async function renderAll(folder: string, sets: Values[]): Promise<string[]> {
  const names = sets.map((_, index) => `v${index}`);
  mkdirSync(join(folder, 'charts'));
  cpSync(CHART, join(folder, 'charts/mcphub-operator'), { recursive: true });
  const dependencies = names.map((alias) => ({ name: 'mcphub-operator', version: '*', alias }));
  writeFileSync(join(folder, 'Chart.yaml'), dump({ apiVersion: 'v2', name: 'all', version: '1.0.0', dependencies }));
  const values = Object.fromEntries(names.map((name, index) => [name, sets[index]]));
  const text = await template({ chart: folder, values });
  const parts = new Map<string, string>();
  for (const part of text.split(/^---\n# Source: all\/charts\//m)) {
    const [, name = '', rest = ''] = /^(v\d+)(\/[\s\S]*)$/.exec(part) ?? [];
    // The label of the chart has the name of the part.
    parts.set(name, (parts.get(name) ?? '') + rest.replaceAll(`helm.sh/chart: ${name}-`, ''));
  }
  return names.map((name) => (parts.get(name) ?? '').split('\n---\n').sort().join());
}

describe('each value of the chart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcphub-effect-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has an effect, also where the chart is part of another: none is there in vain', async function () {
    needsHelm(this);
    const everything = load(chartFile('ci/everything-values.yaml')) as Values;
    const paths = differences(everything, chartValues()).filter((path) => path.join('.') !== NEEDED);
    expect(paths.length).to.be.greaterThan(50);
    const [all, ...others] = await renderAll(folder, [everything, ...paths.map((path) => without(everything, path))]);
    expect(all).to.contain('kind: Deployment').and.contain('kind: PodMonitor');
    const inVain = paths.filter((_, index) => others[index] === all).map((path) => path.join('.'));
    expect(inVain.sort()).to.eql([...OUTWEIGHED].sort());
  });
});
