import { expect } from 'chai';
import type { McpHubClusterSpec } from '../../../operator/api/types.ts';
import { render } from '../../../operator/render/render.ts';
import { FEATURES, inputOf } from './inputs.ts';
import { find, ofKind, specOf } from './objects.ts';

interface Rule {
  from?: unknown[];
  ports: { port: number }[];
}

const rulesOf = (networkPolicy: NonNullable<McpHubClusterSpec['networkPolicy']>, name: string) => {
  const policy = find(
    render(inputOf({ networkPolicy: { enabled: true, ...networkPolicy } })).manifests,
    'NetworkPolicy',
    name,
  );
  const rules = (specOf(policy).ingress ?? []) as Rule[];
  return new Map(rules.map(({ from, ports }) => [ports[0]?.port, from]));
};

describe('network policies', () => {
  it('let everybody in to coordinators unless the spec says who', () => {
    const rules = rulesOf({}, 'demo-coordinator');
    expect(rules.has(3000)).to.equal(true);
    expect(rules.get(3000)).to.equal(undefined);
  });

  it('let nodes and the operator in to coordinators, whoever the clients are', () => {
    const text = JSON.stringify(rulesOf({ clients: [] }, 'demo-coordinator').get(3000));
    expect(text).to.contain('"app.kubernetes.io/component":"node"').and.to.contain('mcphub-system');
  });

  it('let only the coordinators of the cluster in to its nodes', () => {
    expect(rulesOf({}, 'demo-node').get(3000)).to.eql([
      { podSelector: { matchLabels: { 'mcphub.io/cluster': 'demo', 'app.kubernetes.io/component': 'coordinator' } } },
    ]);
  });

  it('do not take an empty list of those who scrape for everybody, as Kubernetes would', () => {
    expect(rulesOf({ monitoring: [] }, 'demo-node').has(9464)).to.equal(false);
    expect(rulesOf({}, 'demo-node').get(9464)).to.eql([{ namespaceSelector: {} }]);
  });

  it('come before the Pods that they protect, as all that Pods refer to does', () => {
    const order = render(inputOf(FEATURES.full ?? {})).manifests.map(
      ({ kind, metadata }) => `${kind}/${metadata.name}`,
    );
    const at = (key: string) => order.indexOf(key);
    for (const kind of ['NetworkPolicy', 'ConfigMap', 'Secret']) {
      expect(at(`${kind}/demo-node`)).to.be.within(0, at('Deployment/demo-node') - 1);
    }
    expect(at('Secret/demo-node')).to.be.below(at('ConfigMap/demo-node'));
    expect(at('ServiceAccount/demo')).to.equal(0);
  });
});

describe('ways in', () => {
  const paths: [McpHubClusterSpec, string | undefined][] = [
    [{ coordinator: { ingress: { host: 'a', path: '/' } } }, undefined],
    [{ coordinator: { ingress: { host: 'a', path: '/team/' } } }, '/team'],
    [{ coordinator: { httpRoute: { parentRefs: [{ name: 'g' }], path: '/hub' } } }, '/hub'],
  ];
  for (const [spec, path] of paths) {
    it(`tell coordinators their path, and nodes where coordinators are: ${path ?? 'none'}`, () => {
      const { manifests } = render(inputOf(spec));
      const env = (name: string) => JSON.stringify(find(manifests, 'Deployment', name));
      if (path === undefined) {
        expect(env('demo-coordinator')).to.not.contain('BASE_PATH');
        expect(env('demo-node')).to.not.contain('MCPHUB_COORDINATOR_URL');
        return;
      }
      expect(env('demo-coordinator')).to.contain(`{"name":"BASE_PATH","value":"${path}"}`);
      expect(env('demo-node')).to.contain(`svc.cluster.local:3000${path}"`);
    });
  }

  it('hold nothing back in nginx, and let the spec win', () => {
    const annotations = { 'nginx.ingress.kubernetes.io/proxy-read-timeout': '60', other: 'a' };
    const { manifests } = render(inputOf({ coordinator: { ingress: { host: 'a', annotations } } }));
    expect(ofKind(manifests, 'Ingress')[0]?.metadata.annotations).to.include({
      ...annotations,
      'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
    });
  });

  it('leave out what a ClusterIP Service cannot have', () => {
    const service = { type: 'ClusterIP' as const, nodePort: 31_000, externalTrafficPolicy: 'Local' as const };
    const { manifests } = render(inputOf({ coordinator: { service } }));
    expect(JSON.stringify(find(manifests, 'Service', 'demo'))).to.not.match(/nodePort|externalTrafficPolicy/);
  });
});
