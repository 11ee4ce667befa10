import { expect } from 'chai';
import { render } from '../../../operator/render/render.ts';
import { FEATURES, inputOf } from './inputs.ts';
import { find, ofKind, specOf, templateOf } from './objects.ts';

const deployments = Object.entries(FEATURES).flatMap(([feature, spec]) =>
  ofKind(render(inputOf(spec)).manifests, 'Deployment').map((deployment) => ({
    where: `${feature}/${deployment.metadata.name}`,
    feature,
    template: templateOf(deployment),
  })),
);

describe('Pods', () => {
  it('meet the restricted Pod Security Standard, sidecars too: a namespace that enforces it admits them', () => {
    for (const { where, feature, template } of deployments) {
      const { containers, initContainers = [], securityContext, volumes } = template.spec;
      expect(securityContext, where).to.deep.include({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      // What a patch of the user adds is the user's.
      const ours = [...containers, ...initContainers].filter(
        ({ name }) => !(feature === 'pod-template' && name === 'proxy'),
      );
      for (const { name, securityContext: own } of ours) {
        expect(own, `${where} ${name}`).to.deep.include({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
      const allowed = ['configMap', 'csi', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];
      for (const volume of volumes) expect(allowed).to.include(Object.keys(volume).find((key) => key !== 'name'));
    }
  });

  it('mount only volumes that they have', () => {
    for (const { where, template } of deployments) {
      const names = template.spec.volumes.map(({ name }) => name);
      for (const { volumeMounts = [] } of [...template.spec.containers, ...(template.spec.initContainers ?? [])]) {
        for (const { name } of volumeMounts) expect(names, where).to.include(name);
      }
    }
  });

  it('read settings and variables from one volume, so that both change at once', () => {
    for (const { template } of deployments) {
      const node = template.spec.containers[0];
      expect(template.spec.volumes.find(({ name }) => name === 'settings')).to.have.nested.property(
        'projected.sources',
      );
      const env = Object.fromEntries((node?.env ?? []).map(({ name, value }) => [name, value]));
      const folder = node?.volumeMounts?.find(({ name }) => name === 'settings')?.mountPath;
      expect(env.MCPHUB_SETTING_PATH).to.equal(folder);
      expect(env.MCPHUB_VARIABLES_PATH).to.equal(`${folder}/variables.json`);
    }
  });

  it('have a ServiceAccount without a token', () => {
    for (const spec of Object.values(FEATURES)) {
      const { manifests } = render(inputOf(spec));
      expect(find(manifests, 'ServiceAccount', 'demo').automountServiceAccountToken).to.equal(false);
      for (const { template } of deployments) {
        expect(template.spec).to.include({ automountServiceAccountToken: false, serviceAccountName: 'demo' });
      }
    }
  });

  it('keep their sidecars until the node has drained: those are native ones, which end last', () => {
    const { template } = deployments.find(({ where }) => where === 'container/demo-node') ?? {};
    expect(template?.spec.containers.map(({ name }) => name)).to.eql(['node']);
    expect(template?.spec.initContainers?.map(({ restartPolicy }) => restartPolicy)).to.eql(['Always']);
  });

  it('are numbered by their autoscaler where there is one, and by nobody else', () => {
    const scaled = render(inputOf(FEATURES['autoscaling-hpa'] ?? {})).manifests;
    expect(specOf(find(scaled, 'Deployment', 'demo-node'))).to.not.have.property('replicas');
    expect(specOf(find(scaled, 'Deployment', 'demo-coordinator'))).to.have.property('replicas');
  });

  it('may be evicted one by one; a single one is not held back by a budget', () => {
    const budgets = (spec: object) =>
      ofKind(render(inputOf(spec)).manifests, 'PodDisruptionBudget').map(({ metadata }) => metadata.name);
    expect(budgets({})).to.eql(['demo-coordinator', 'demo-node']);
    expect(budgets({ coordinator: { replicas: 1 }, nodes: { replicas: 1 } })).to.eql([]);
    expect(budgets({ coordinator: { replicas: 1 }, nodes: { autoscaling: { min: 1, max: 2 } } })).to.eql(['demo-node']);
  });
});
