import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { PORTS, RENDER_DEFAULTS } from '../../../operator/render/defaults.ts';
import { render } from '../../../operator/render/render.ts';
import { inputOf } from './inputs.ts';
import { ofKind } from './objects.ts';

interface Schema {
  default?: unknown;
  items?: Schema;
  additionalProperties?: Schema;
  properties?: Record<string, Schema>;
}

const CRD = join(resolve(import.meta.dirname, '../../..'), 'crds/mcphubclusters.mcphub.io.yaml');
const { spec } = load(readFileSync(CRD, 'utf8')) as {
  spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: Schema } } } }[] };
};

/** What the schema fills in at a path of the spec; `*` is any key of a map. */
function schemaDefault(path: string): unknown {
  const root = spec.versions[0]?.schema.openAPIV3Schema.properties.spec;
  const field = path
    .split('.')
    .reduce<Schema | undefined>(
      (at, key) => (at?.items ?? at)?.properties?.[key] ?? (key === '*' ? at?.additionalProperties : undefined),
      root,
    );
  return field?.default;
}

describe('defaults of render', () => {
  const places: [keyof typeof RENDER_DEFAULTS, string[]][] = [
    ['coordinatorReplicas', ['coordinator.replicas']],
    ['nodeReplicas', ['nodes.replicas', 'nodePools.replicas']],
    ['servicePort', ['coordinator.service.port']],
    ['serverPath', ['mcpServers.*.container.path']],
    ['path', ['coordinator.ingress.path', 'coordinator.httpRoute.path']],
    ['minReplicas', ['nodes.autoscaling.min', 'nodePools.autoscaling.min']],
    ['scrapeInterval', ['monitoring.interval']],
    ['drainTimeout', ['coordinator.drainTimeout', 'nodes.drainTimeout', 'nodePools.drainTimeout']],
    ['settingsKey', ['settingsFrom.configMapKeyRef.key', 'settingsFrom.secretKeyRef.key']],
    ['dashboardLabels', ['monitoring.dashboardLabels']],
  ];
  for (const [name, paths] of places) {
    it(`are those of the schema: ${name}; else an object means another thing before and after it is stored`, () => {
      for (const path of paths) expect(schemaDefault(path), path).to.eql(RENDER_DEFAULTS[name]);
    });
  }

  it('are not left without a check', () => {
    expect(Object.keys(RENDER_DEFAULTS).sort()).to.eql(places.map(([name]) => name).sort());
  });

  it('make a whole cluster of an empty spec', () => {
    const { manifests, problems } = render(inputOf({}));
    expect(problems).to.eql([]);
    expect(ofKind(manifests, 'Deployment').map(({ metadata }) => metadata.name)).to.eql([
      'demo-coordinator',
      'demo-node',
    ]);
    expect(PORTS).to.eql({ mcp: 3000, metrics: 9464 });
  });
});
