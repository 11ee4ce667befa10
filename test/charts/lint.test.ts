import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { CHART, chartFile, ROOT } from '../../charts/chart.ts';
import { chartReadme } from '../../charts/readme.ts';
import { helmRun, needsHelm, operatorContainer, render, SCENARIOS } from './chart.ts';

interface ChartMeta {
  version: string;
  appVersion: string;
  kubeVersion: string;
  annotations: Record<string, string>;
}

describe('charts/mcphub-operator', () => {
  const chart = load(chartFile('Chart.yaml')) as ChartMeta;
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

  it('has a values file for each feature: they are not checked against nothing', () => {
    expect(SCENARIOS.length).to.be.greaterThan(12);
  });

  for (const helm of [3, 4] as const) {
    describe(`with Helm ${helm}`, () => {
      before(function () {
        needsHelm(this);
      });

      for (const { name, file } of SCENARIOS) {
        it(`is accepted by lint and renders: ${name}`, async () => {
          await helmRun(helm, ['lint', '--strict', '--quiet', CHART, '--values', file]);
          const manifests = await render({ helm, file });
          expect(manifests.map(({ kind }) => kind)).to.include('Deployment');
        });
      }
    });
  }

  it('renders the same with Helm 3 and Helm 4, so that changing Helm restarts nothing', async function () {
    needsHelm(this);
    const byName = (manifests: unknown[]) => manifests.map((manifest) => JSON.stringify(manifest)).sort();
    const file = join(CHART, 'ci/service-monitor-values.yaml');
    expect(byName(await render({ helm: 3, file }))).to.eql(byName(await render({ helm: 4, file })));
  });

  it('installs the images of its own version', async function () {
    needsHelm(this);
    expect(chart).to.include({ version, appVersion: version });
    const { image, env } = operatorContainer(await render());
    const related = env.filter(({ name }) => name.startsWith('RELATED_IMAGE_')).map(({ value }) => value);
    const images = load(chart.annotations['artifacthub.io/images'] ?? '') as { image: string }[];
    expect(images.map((entry) => entry.image)).to.eql([image, ...related]);
    expect(image).to.equal(`mcphub-operator:${version}`);
  });

  it('has a README that is up to date: run node charts/generate.ts', () => {
    expect(chartFile('README.md')).to.equal(chartReadme());
    expect(chartReadme()).to.contain('| `networkPolicy.apiServer.ports` | `[443,6443]` |').and.contain('| leases |');
  });
});
