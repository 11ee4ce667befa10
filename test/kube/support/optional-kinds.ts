import { expect } from 'chai';
import { OPTIONAL } from '../../../operator/reconcile/kinds.ts';
import { eventually } from '../../support/eventually.ts';
import type { ControlPlane } from './control-plane.ts';

const ANY = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
/** Of what is in these kinds, only that a selector is one value, as in the real ones. */
const SPEC = { ...ANY, properties: { selector: { ...ANY, 'x-kubernetes-map-type': 'atomic' } } };
const SCHEMA = { openAPIV3Schema: { ...ANY, properties: { spec: SPEC } } };
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/**
 * Lets the API server serve the kinds of the Gateway API, the Prometheus operator and KEDA, whatever is in them.
 * @returns ends that, and removes all objects of them
 */
export async function serveOptionalKinds(plane: ControlPlane): Promise<() => Promise<void>> {
  const definitions = OPTIONAL.map(({ group, version, kind, plural }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      // Without it the API server takes none of a group that ends in k8s.io.
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: version, served: true, storage: true, schema: SCHEMA }],
    },
  }));
  const names = definitions.map(({ metadata }) => metadata.name);
  for (const definition of definitions) await plane.api.ok('POST', CRDS, definition);
  const crds = names.map((name) => `crd/${name}`);
  await plane.kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...crds]);
  // Discovery, where the operator looks, comes some time after that.
  await eventually('discovery tells of the optional kinds', async () => {
    for (const { group, version, kind } of OPTIONAL) {
      const { resources } = await plane.api.ok('GET', `/apis/${group}/${version}`);
      expect((resources as { kind: string }[]).map((resource) => resource.kind)).to.include(kind);
    }
  });
  return async () => {
    await plane.kubectl(['delete', '--timeout=50s', ...crds]);
  };
}
