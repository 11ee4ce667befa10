import * as models from '@kubernetes/client-node';
import { expect } from 'chai';
import type { Manifest } from '../../../operator/render/manifest.ts';
import { render } from '../../../operator/render/render.ts';
import { FEATURES, inputOf } from './inputs.ts';
import { UNTIDY } from './untidy.ts';

interface Model {
  getAttributeTypeMap(): { name: string; baseName: string; type: string }[];
}

/** Models of the kinds that Kubernetes itself has; the others are checked by whoever defines them. */
const MODELS: Record<string, string> = {
  ServiceAccount: 'V1ServiceAccount',
  Secret: 'V1Secret',
  ConfigMap: 'V1ConfigMap',
  Service: 'V1Service',
  Deployment: 'V1Deployment',
  PodDisruptionBudget: 'V1PodDisruptionBudget',
  HorizontalPodAutoscaler: 'V2HorizontalPodAutoscaler',
  NetworkPolicy: 'V1NetworkPolicy',
  Ingress: 'V1Ingress',
};
const FOREIGN = ['HTTPRoute', 'ScaledObject', 'ServiceMonitor', 'PodMonitor', 'PrometheusRule'];

function modelOf(type: string): Model | undefined {
  return (models as unknown as Record<string, Model>)[type];
}

/** Paths of fields that the type does not have: the API server would drop them, or refuse the object. */
function unknownFields(value: unknown, type: string, path: string): string[] {
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) {
    return (value as unknown[]).flatMap((item, index) => unknownFields(item, list, `${path}[${index}]`));
  }
  const model = modelOf(type);
  if (model?.getAttributeTypeMap === undefined) return [];
  const known = new Map(model.getAttributeTypeMap().map((field) => [field.baseName, field.type]));
  return Object.entries(value as object).flatMap(([key, member]) => {
    const next = known.get(key);
    return next === undefined ? [`${path}.${key}`] : unknownFields(member, next, `${path}.${key}`);
  });
}

/** What an API server leaves out of an object that it stores. */
function droppedValues(value: unknown, path: string): string[] {
  if (value === undefined || value === null) return [path];
  if (Array.isArray(value)) {
    return value.length === 0 ? [path] : value.flatMap((item, index) => droppedValues(item, `${path}[${index}]`));
  }
  if (typeof value !== 'object') return [];
  const meaningful = /\.(emptyDir|podSelector|namespaceSelector)$/;
  if (Object.keys(value).length === 0 && !meaningful.test(path)) return [path];
  return Object.entries(value).flatMap(([key, member]) => droppedValues(member, `${path}.${key}`));
}

const cases = Object.entries({ ...FEATURES, untidy: UNTIDY }).map(([feature, spec]): [string, Manifest[]] => [
  feature,
  render(inputOf(spec)).manifests,
]);

describe('fields of manifests', () => {
  it('are checked against models: a misspelt one at any depth is found', () => {
    const wrong = { spec: { replicaz: 1, template: { spec: { containers: [{ imagee: 'a' }] } } } };
    expect(unknownFields(wrong, 'V1Deployment', 'Deployment')).to.eql([
      'Deployment.spec.replicaz',
      'Deployment.spec.template.spec.containers[0].imagee',
    ]);
    expect(droppedValues({ a: [], b: {}, c: null, emptyDir: {} }, 'x')).to.eql(['x.a', 'x.b', 'x.c']);
  });

  for (const [feature, manifests] of cases) {
    it(`of ${feature} exist in Kubernetes, and nothing is in them that it would drop`, () => {
      for (const manifest of manifests) {
        const model = MODELS[manifest.kind];
        if (model === undefined) expect(FOREIGN).to.include(manifest.kind);
        else expect(unknownFields(manifest, model, manifest.kind)).to.eql([]);
        expect(droppedValues(manifest, manifest.kind)).to.eql([]);
      }
    });
  }
});

describe('objects', () => {
  it('are named and labelled within 63 characters, for the longest names of clusters, pools and servers', () => {
    const server = 'S'.repeat(128);
    const pool = 'p'.repeat(16);
    const spec = {
      ...FEATURES.full,
      nodePools: [{ name: pool, servers: [server, `${server.slice(1)}_`], autoscaling: { max: 3, cpu: 1 } }],
      mcpServers: {
        [server]: { container: { image: 'a', port: 1 } },
        [`${server.slice(1)}_`]: { container: { image: 'a', port: 2 } },
      },
      groups: [],
      auth: {},
    };
    const { manifests, problems } = render(inputOf(spec, { name: 'c'.repeat(40) }));
    expect(problems).to.eql([]);
    const text = JSON.stringify(manifests.filter(({ kind }) => kind !== 'ConfigMap' && kind !== 'PrometheusRule'));
    const names = [...text.matchAll(/"name":"([^"]*)"/g)].map(([, name]) => name ?? '');
    expect(names.length).to.be.above(100);
    expect(names.filter((name) => name.length > 63)).to.eql([]);
    for (const { metadata } of manifests) {
      for (const value of Object.values(metadata.labels ?? {})) expect(value).to.match(/^[A-Za-z0-9.-]{1,63}$/);
    }
  });

  for (const [feature, manifests] of cases) {
    it(`of ${feature} belong to their cluster, and none is there twice`, () => {
      const keys = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      expect(new Set(keys).size).to.equal(keys.length);
      for (const { metadata } of manifests) {
        expect(metadata.namespace).to.equal('team');
        expect(metadata.labels).to.deep.include({
          'app.kubernetes.io/name': 'mcphub',
          'app.kubernetes.io/instance': 'demo',
          'app.kubernetes.io/managed-by': 'mcphub-operator',
          'app.kubernetes.io/part-of': 'mcphub',
          'mcphub.io/cluster': 'demo',
        });
        expect(metadata.ownerReferences).to.eql([
          {
            apiVersion: 'mcphub.io/v1alpha1',
            kind: 'McpHubCluster',
            name: 'demo',
            uid: '1-2-3',
            controller: true,
            blockOwnerDeletion: true,
          },
        ]);
      }
    });
  }
});
