import { expect } from 'chai';
import { needsHelm, SCENARIOS, scenario } from './chart.ts';
import { hasModel, unknownFields } from './known-fields.ts';

describe('the manifests of the chart', () => {
  before(function () {
    needsHelm(this);
  });

  it('are checked at depth, and not against nothing', () => {
    const container = { name: 'a', imagee: 'b', ports: [{ containerPort: '80' }] };
    const spec = {
      replicaz: 1,
      selector: {},
      template: { spec: { containers: [container], nodeSelector: { any: 'x' } } },
    };
    expect(unknownFields({ apiVersion: 'apps/v1', kind: 'Deployment', spec } as never)).to.eql([
      'Deployment.spec.replicaz',
      'Deployment.spec.template.spec.containers[0].imagee',
      'Deployment.spec.template.spec.containers[0].ports[0].containerPort: must be a number, and is "80"',
    ]);
  });

  for (const { name } of SCENARIOS) {
    it(`have only fields that Kubernetes knows: ${name}`, async () => {
      const manifests = await scenario(name);
      expect(manifests.filter(hasModel).flatMap(unknownFields)).to.eql([]);
    });

    it(`are named once, in the release's namespace or in one that is watched: ${name}`, async () => {
      const manifests = await scenario(name);
      const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
      expect(new Set(names).size).to.equal(names.length);
      const clusterWide = ['ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition'];
      const wrong = manifests.filter(({ kind, metadata }) =>
        clusterWide.includes(kind)
          ? metadata.namespace !== undefined
          : !['mcphub-system', 'team-a', 'team-b'].includes(metadata.namespace ?? ''),
      );
      expect(wrong.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).to.eql([]);
    });
  }

  it('have no model only where they belong to an add-on', async () => {
    const all = (await Promise.all(SCENARIOS.map(({ name }) => scenario(name)))).flat();
    const without = new Set(all.filter((manifest) => !hasModel(manifest)).map(({ kind }) => kind));
    expect([...without].sort()).to.eql(['PodMonitor', 'PrometheusRule', 'ServiceMonitor']);
  });

  it('carry the recommended labels', async () => {
    for (const { kind, metadata } of await scenario('everything')) {
      if (kind === 'Pod') continue;
      expect(metadata.labels, `${kind} ${metadata.name}`).to.include({
        'app.kubernetes.io/name': 'mcphub-operator',
        'app.kubernetes.io/instance': 'mcphub',
        'app.kubernetes.io/component': 'operator',
        'app.kubernetes.io/part-of': 'mcphub',
        'app.kubernetes.io/managed-by': 'Helm',
        'example.com/cost-centre': '42',
      });
      expect(metadata.labels).to.include.keys('helm.sh/chart', 'app.kubernetes.io/version');
    }
  });
});
