import { expect } from 'chai';
import { API } from '../../operator/api/names.ts';
import { differences } from '../../operator/render/drift.ts';
import type { Manifest } from '../../operator/render/manifest.ts';
import { render } from '../../operator/render/render.ts';
import { FEATURES, inputOf } from '../operator/render/inputs.ts';
import { type PodTemplate, templateOf } from '../operator/render/objects.ts';
import { UNTIDY } from '../operator/render/untidy.ts';
import type { ControlPlane } from './support/control-plane.ts';
import { hubPlane } from './support/hub-plane.ts';

/** Where a plain API server has the kinds; it does not know those of the Gateway API, KEDA and Prometheus. */
const PLACES: Record<string, [group: string, plural: string]> = {
  ServiceAccount: ['api/v1', 'serviceaccounts'],
  Secret: ['api/v1', 'secrets'],
  ConfigMap: ['api/v1', 'configmaps'],
  Service: ['api/v1', 'services'],
  Deployment: ['apis/apps/v1', 'deployments'],
  PodDisruptionBudget: ['apis/policy/v1', 'poddisruptionbudgets'],
  HorizontalPodAutoscaler: ['apis/autoscaling/v2', 'horizontalpodautoscalers'],
  NetworkPolicy: ['apis/networking.k8s.io/v1', 'networkpolicies'],
  Ingress: ['apis/networking.k8s.io/v1', 'ingresses'],
};
const APPLY = 'application/apply-patch+yaml';
const RESTRICTED = { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } };

describe('manifests that an API server stores', function () {
  this.timeout(60_000);
  let plane: ControlPlane;

  before(async function () {
    plane = await hubPlane(this);
  });

  /** What has an owner that is not there is collected as garbage. @returns the uid of one that is */
  async function owner(namespace: string, name: string): Promise<string> {
    const object = { apiVersion: API.apiVersion, kind: API.kind, metadata: { name }, spec: {} };
    const path = `/apis/${API.apiVersion}/namespaces/${namespace}/${API.plural}`;
    return (await plane.api.ok('POST', path, object)).metadata.uid;
  }

  function pathOf({ kind, metadata }: Manifest): string | undefined {
    const place = PLACES[kind];
    return place && `/${place[0]}/namespaces/${metadata.namespace}/${place[1]}/${metadata.name}`;
  }

  /** What is stored after two applies, of which the second may change nothing. */
  async function applyTwice(manifest: Manifest, path: string): Promise<Manifest> {
    const target = `${path}?fieldManager=test&force=true&fieldValidation=Strict`;
    const first = await plane.api.ok('PATCH', target, manifest, APPLY);
    const second = await plane.api.ok('PATCH', target, manifest, APPLY);
    // Controllers write the status in between; that leaves the generation alone.
    expect(second.metadata.generation, path).to.equal(first.metadata.generation);
    expect(second.data).to.eql(first.data);
    return second;
  }

  async function admits(namespace: string, { metadata, spec }: PodTemplate): Promise<void> {
    // These classes are not there.
    const {
      priorityClassName: _,
      runtimeClassName: __,
      ...rest
    } = spec as PodTemplate['spec'] & Record<string, unknown>;
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one', labels: metadata.labels }, spec: rest };
    await plane.api.ok('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
  }

  for (const [feature, spec] of Object.entries({ ...FEATURES, untidy: UNTIDY })) {
    it(`are stored as they are (${feature}): what it changed would be corrected for ever`, async () => {
      const namespace = await plane.namespace();
      await plane.api.ok('PATCH', `/api/v1/namespaces/${namespace}`, RESTRICTED, 'application/merge-patch+json');
      const input = inputOf(spec);
      input.cluster.metadata.namespace = namespace;
      input.cluster.metadata.uid = await owner(namespace, input.cluster.metadata.name);
      for (const manifest of render(input).manifests) {
        const path = pathOf(manifest);
        if (path === undefined) continue;
        const stored = await applyTwice(manifest, path);
        expect(differences(stored, manifest), path).to.eql([]);
        // A patch may add a container that is not restricted.
        if (manifest.kind === 'Deployment' && feature !== 'pod-template') await admits(namespace, templateOf(stored));
      }
    });
  }
});
