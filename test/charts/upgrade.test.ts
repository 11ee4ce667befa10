import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CHART, chartFile } from '../../charts/chart.ts';
import { type Manifest, needsHelm, podTemplate, render } from './chart.ts';

/** What each released version left in clusters and an upgrade cannot change: one file each, kept for good. */
const RELEASED = join(import.meta.dirname, 'released');

/** Fields that the API server refuses to change, by the object's kind and name. */
function immutableFields(manifests: readonly Manifest[]): Record<string, unknown> {
  return Object.fromEntries(
    manifests.flatMap(({ kind, metadata, spec, roleRef }) => {
      const name = `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
      if (kind === 'Deployment') return [[name, spec?.selector]];
      if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding') return [[name, roleRef]];
      // Not immutable, but Pods of the previous version must go on being selected while the new ones start.
      if (kind === 'Service' || kind === 'PodDisruptionBudget') return [[name, spec?.selector]];
      return [];
    }),
  );
}

describe('an upgrade of the chart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcphub-chart-'));
  const next = join(folder, 'mcphub-operator');

  before(function () {
    needsHelm(this);
    cpSync(CHART, next, { recursive: true });
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const file of readdirSync(RELEASED)) {
    it(`from ${file.replace('.json', '')} keeps every selector and every role that a binding names`, async () => {
      const before = JSON.parse(readFileSync(join(RELEASED, file), 'utf8')) as Record<string, Record<string, unknown>>;
      for (const [release, fields] of Object.entries(before)) {
        expect(immutableFields(await render({ release })), release).to.eql(fields);
      }
    });
  }

  it('keeps them when versions and values change, which labels follow from', async () => {
    const chart = chartFile('Chart.yaml').replace(/^(version|appVersion): .*$/gm, '$1: "9.8.7"');
    writeFileSync(join(next, 'Chart.yaml'), chart);
    const values = { commonLabels: { a: 'b' }, podLabels: { c: 'd' }, replicas: 3, logLevel: 'debug' };
    const [old, fresh] = [await render(), await render({ chart: next, values })];
    expect(immutableFields(fresh)).to.eql(immutableFields(old));
    expect(podTemplate(fresh).metadata.labels).to.include({ 'app.kubernetes.io/version': '9.8.7', c: 'd' });
  });

  it('restarts no operator when only the chart is new, and its image the same', async () => {
    const chart = chartFile('Chart.yaml').replace(/^version: .*$/m, 'version: 9.8.7');
    writeFileSync(join(next, 'Chart.yaml'), chart);
    expect(podTemplate(await render({ chart: next }))).to.eql(podTemplate(await render()));
  });

  it('keeps names short and whole, whatever the release is called', async () => {
    const name = async (release: string) =>
      (await render({ release })).find(({ kind }) => kind === 'Deployment')?.metadata.name;
    expect(await name('mcphub')).to.equal('mcphub-operator');
    expect(await name('my-mcphub-operator')).to.equal('my-mcphub-operator');
    expect(await name('east')).to.equal('east-mcphub-operator');
    expect(await name(`${'x'.repeat(45)}`))
      .to.have.length.at.most(53)
      .and.match(/[a-z0-9]$/);
  });
});
