import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { load, loadAll } from 'js-yaml';
import { chartFile, ROOT } from '../../charts/chart.ts';
import { operatorManifest } from '../../charts/operator-manifest.ts';
import type { McpHubCluster } from '../../operator/api/types.ts';
import type { References } from '../../operator/render/input.ts';
import { render } from '../../operator/render/render.ts';
import { settingsFromText } from '../../settings/load.ts';
import { type Manifest, needsHelm, ofKind, only, template } from '../charts/chart.ts';
import { hasModel, unknownFields } from '../charts/known-fields.ts';
import { admit } from '../operator/api/admission.ts';
import { helm } from '../support/kubectl-layer.ts';

const FOLDER = join(ROOT, 'examples/kubernetes');
const SAMPLES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml') && name !== 'operator.yaml');

function documentsOf(name: string): Manifest[] {
  return loadAll(readFileSync(join(FOLDER, name), 'utf8')) as Manifest[];
}

const SURROUNDINGS = {
  credentials: { tokens: ['token'], secrets: ['secret'] },
  defaults: { coordinatorImage: 'mcphub-coordinator', nodeImage: 'mcphub-node', clusterDomain: 'cluster.local' },
};

/** What the Secrets and ConfigMaps of a file hold. */
function referencesOf(manifests: readonly Manifest[]): References {
  const contents = (kind: string) =>
    Object.fromEntries(
      ofKind(manifests, kind).map((manifest) => [
        manifest.metadata.name,
        { ...manifest.data, ...(manifest as { stringData?: Record<string, string> }).stringData },
      ]),
    );
  return { secrets: contents('Secret'), configMaps: contents('ConfigMap') };
}

function clustersOf(manifests: readonly Manifest[]): McpHubCluster[] {
  return ofKind(manifests, 'McpHubCluster') as unknown as McpHubCluster[];
}

/** Each reference of a cluster to a Secret or a ConfigMap, by name and key. */
function referencesIn(value: unknown, kind?: string): { kind: string; name: string; key?: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const { name, key } = value as { name?: string; key?: string };
  const own = kind !== undefined && name !== undefined ? [{ kind, name, ...(key !== undefined && { key }) }] : [];
  const inner = Object.entries(value).flatMap(([field, child]) => {
    const match = /^(secret|configMap)(Key)?Ref$/.exec(field);
    return referencesIn(child, match === null ? undefined : match[1] === 'secret' ? 'Secret' : 'ConfigMap');
  });
  return [...own, ...inner];
}

describe('examples/kubernetes', () => {
  it('has a file for each feature, each in the README', () => {
    expect(SAMPLES.length).to.be.greaterThan(5);
    const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8');
    for (const name of [...SAMPLES, 'operator.yaml']) expect(readme).to.contain(`[${name}](${name})`);
  });

  for (const name of SAMPLES) {
    describe(name, () => {
      const manifests = documentsOf(name);
      const clusters = clustersOf(manifests);

      it('is accepted by the definition: structure and rules', () => {
        expect(clusters).not.to.eql([]);
        for (const cluster of clusters) expect(admit(cluster).refusals, cluster.metadata.name).to.eql([]);
      });

      it('has servers and groups that a start accepts', () => {
        for (const { spec } of clusters) {
          // Without the fields that the resource has beside those of the settings.
          const servers = Object.entries(spec.mcpServers ?? {}).map(
            ([server, { container, pools, envFrom, headersFrom, ...entry }]) => [
              server,
              container === undefined ? entry : { ...entry, url: `http://127.0.0.1:${container.port}/mcp` },
            ],
          );
          const settings = { mcpServers: Object.fromEntries(servers), groups: spec.groups ?? [] };
          expect(settingsFromText(JSON.stringify(settings), {}).warnings).to.eql([]);
        }
      });

      it('brings along the Secrets and ConfigMaps that it refers to, with the keys', () => {
        for (const { kind, name: wanted, key } of clusters.flatMap(({ spec }) => referencesIn(spec))) {
          const found = ofKind(manifests, kind).find(({ metadata }) => metadata.name === wanted) as
            | (Manifest & { stringData?: Record<string, string> })
            | undefined;
          expect(found, `${kind} ${wanted}`).not.to.equal(undefined);
          if (key !== undefined) expect(found?.data ?? found?.stringData).to.have.property(key);
        }
      });

      it('is rendered without a problem, to objects that Kubernetes knows', () => {
        for (const cluster of clusters) {
          const { object } = admit(cluster);
          const { manifests: rendered, problems } = render({
            ...SURROUNDINGS,
            cluster: object,
            references: referencesOf(manifests),
          });
          expect(problems).to.eql([]);
          expect(rendered.length).to.be.greaterThan(5);
          expect((rendered as Manifest[]).filter(hasModel).flatMap(unknownFields)).to.eql([]);
        }
      });

      it('has only fields that Kubernetes knows', () => {
        expect(manifests.filter(hasModel).flatMap(unknownFields)).to.eql([]);
      });
    });
  }

  it('finds references: secrets.yaml is not checked against nothing', () => {
    const references = clustersOf(documentsOf('secrets.yaml')).flatMap(({ spec }) => referencesIn(spec));
    expect(references).to.have.length(4);
    expect(references).to.deep.include({ kind: 'Secret', name: 'hub-keys', key: 'team' });
  });

  it('has settings to start from that a start accepts', () => {
    const text = only(documentsOf('settings-from.yaml'), 'ConfigMap').data?.['mcp_settings.json'] ?? '';
    const { settings, warnings } = settingsFromText(text, {});
    expect(warnings).to.eql([]);
    expect(Object.keys(settings.mcpServers)).to.eql(['everything', 'memory']);
  });

  it('shows in the chart what is accepted too: its metadata and its notes', async function () {
    needsHelm(this);
    const { annotations } = load(chartFile('Chart.yaml')) as { annotations: Record<string, string> };
    const [example] = load(annotations['artifacthub.io/crdsExamples'] ?? '') as [McpHubCluster];
    expect(example).to.eql(clustersOf(documentsOf('minimal.yaml'))[0]);
    const notes = /<<'Y'\n([\s\S]*?)\n {2}Y\n/.exec(chartFile('templates/NOTES.txt'))?.[1] ?? '';
    expect(admit(load(notes) as object).refusals).to.eql([]);
  });
});

describe('examples/kubernetes/operator.yaml', () => {
  before(function () {
    needsHelm(this);
  });

  it('is the chart with its defaults, with either Helm: run node charts/generate.ts', () => {
    const text = readFileSync(join(FOLDER, 'operator.yaml'), 'utf8');
    for (const version of [3, 4] as const) {
      const made = loadAll(operatorManifest(helm(version))).map((manifest) => JSON.stringify(manifest));
      expect(made.sort(), `Helm ${version}`).to.eql(
        loadAll(text)
          .map((manifest) => JSON.stringify(manifest))
          .sort(),
      );
    }
    expect(text).to.equal(operatorManifest(helm(4)));
  });

  it('makes its namespace first, and holds all that the chart has but definitions and its test', async () => {
    const manifests = documentsOf('operator.yaml');
    expect(manifests[0]?.kind).to.equal('Namespace');
    expect(manifests[0]?.metadata.labels).to.include({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const chart = loadAll(await template()).filter(
      (manifest) => manifest !== null && manifest !== undefined,
    ) as Manifest[];
    const kinds = chart.map(({ kind }) => kind).filter((kind) => !['CustomResourceDefinition', 'Pod'].includes(kind));
    expect(manifests.map(({ kind }) => kind).sort()).to.eql(['Namespace', ...kinds].sort());
    expect(JSON.stringify(manifests)).not.to.match(/helm/i);
  });
});
