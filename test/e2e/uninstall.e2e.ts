import { expect } from 'chai';
import { connectV1 } from '../support/clients.ts';
import { eventually, Hub } from './support/hub.ts';
import type { Kubectl } from './support/kubectl.ts';
import { clusterWithOperator, forgetOperator, OPERATOR_NAMESPACE, RELEASE } from './support/one-cluster.ts';
import { needsPods } from './support/requirements.ts';

/** What Kubernetes itself puts into every namespace. */
const OWN = /^(configmap\/kube-root-ca\.crt|serviceaccount\/default|event(\.events\.k8s\.io)?\/.*|podmetrics.*)$/;

describe('uninstalling, on a real cluster', function () {
  this.timeout(600_000);

  before(function () {
    needsPods(this);
  });

  it('leaves nothing but the custom resource definition', async () => {
    const { kubectl } = await clusterWithOperator();
    const hub = await Hub.create(kubectl, 'e2e-uninstall');
    await (await connectV1(hub.url)).close();
    await kubectl.run(['delete', '-n', hub.namespace, 'mhc', hub.name, '--timeout=90s'], '', 100_000);
    await eventually('all objects are gone', async () => {
      expect((await left(kubectl, hub.namespace)).join()).to.equal('');
    });
    await kubectl.helm(['uninstall', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--wait', '--timeout', '90s']);
    forgetOperator();
    await eventually(
      'the operator is gone',
      async () => {
        expect((await left(kubectl, OPERATOR_NAMESPACE)).join()).to.equal('');
      },
      30_000,
    );
    const roles = await kubectl.run(['get', 'clusterroles,clusterrolebindings', '-o', 'name']);
    expect(roles.split('\n').filter((name) => /mcphub/.test(name))).to.eql([]);
    const crds = await kubectl.run(['get', 'crds', '-o', 'name']);
    expect(crds.trim()).to.equal('customresourcedefinition.apiextensions.k8s.io/mcphubclusters.mcphub.io');
    await kubectl.run(['delete', 'namespace', hub.namespace, OPERATOR_NAMESPACE, '--timeout=60s'], '', 70_000);
  });
});

/** Names of all objects in a namespace, of whatever kind. */
async function left(kubectl: Kubectl, namespace: string): Promise<string[]> {
  const kinds = (await kubectl.run(['api-resources', '--namespaced', '--verbs=list', '-o', 'name'])).trim().split('\n');
  const names = await kubectl.run(['get', kinds.join(','), '-n', namespace, '-o', 'name', '--ignore-not-found']);
  return names.split('\n').filter((name) => name !== '' && !OWN.test(name));
}
