import { expect } from 'chai';
import { chartRules } from '../../charts/readme.ts';
import { MADE } from '../../operator/reconcile/kinds.ts';
import { type Manifest, needsHelm, ofKind, only, render, SCENARIOS, scenario } from './chart.ts';

const ROLES = ['Role', 'ClusterRole'];
const BINDINGS = ['RoleBinding', 'ClusterRoleBinding'];

/** Everything that a set of roles allows, as `group/resource verb`. */
function grants(rules: Manifest['rules'] = []): string[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`))),
  );
}

describe("the operator's rights", () => {
  before(function () {
    needsHelm(this);
  });

  for (const { name } of SCENARIOS) {
    it(`hold no wildcard and nothing by which they could be widened: ${name}`, async () => {
      const roles = (await scenario(name)).filter(({ kind }) => ROLES.includes(kind));
      for (const grant of roles.flatMap(({ rules }) => grants(rules))) {
        expect(grant).not.to.match(/\*|rbac\.authorization|escalate|bind|impersonate/);
        expect(grant).not.to.match(
          /pods\/|nodes|pods create|serviceaccounts\/token|certificates|webhook|customresource/,
        );
      }
    });
  }

  it('cover each kind that the code makes', () => {
    const own = ['create', 'delete', 'get', 'list', 'patch', 'watch'];
    const granted = new Set(grants(chartRules('watchedRules')));
    const missing = MADE.flatMap(({ group, plural }) =>
      own.map((verb) => `${group}/${plural} ${verb}`).filter((grant) => !granted.has(grant)),
    );
    expect(missing).to.eql([]);
  });

  it('let nobody create or change kinds that the code does not make', () => {
    const made = MADE.map(({ group, plural }) => `${group}/${plural}`);
    const others = grants([...chartRules('watchedRules'), ...chartRules('ownRules')]).filter(
      (grant) => !made.includes(grant.split(' ')[0] ?? ''),
    );
    expect(others.filter((grant) => / (create|update|patch|delete)$/.test(grant)).sort()).to.eql([
      '/events create',
      '/events patch',
      '/pods patch',
      'coordination.k8s.io/leases create',
      'coordination.k8s.io/leases update',
      'mcphub.io/mcphubclusters/finalizers update',
      'mcphub.io/mcphubclusters/status patch',
    ]);
  });

  it('are those of the whole cluster by default, and leases stay in its own namespace', async () => {
    const manifests = await scenario('default');
    const [role] = ofKind(manifests, 'ClusterRole').filter(({ metadata }) => !/:(view|edit)$/.test(metadata.name));
    expect(role?.rules).to.eql(chartRules('watchedRules'));
    expect(only(manifests, 'Role').metadata.namespace).to.equal('mcphub-system');
    expect(only(manifests, 'Role').rules).to.eql(chartRules('ownRules'));
  });

  it('end at the namespaces that are listed, and then nothing is cluster-wide but the definitions', async () => {
    const manifests = await scenario('namespaces');
    expect(manifests.filter(({ kind }) => kind.startsWith('ClusterRole'))).to.eql([]);
    const where = ofKind(manifests, 'Role').map(({ metadata, rules }) => [metadata.namespace, rules]);
    expect(where).to.have.deep.members([
      ['mcphub-system', chartRules('ownRules')],
      ['team-a', chartRules('watchedRules')],
      ['team-b', chartRules('watchedRules')],
    ]);
  });

  it('include those of its own namespace when that is watched too', async () => {
    const manifests = await scenario('everything');
    const here = ofKind(manifests, 'Role').filter(({ metadata }) => metadata.namespace === 'mcphub-system');
    expect(here.flatMap(({ rules }) => rules)).to.have.deep.members([
      ...chartRules('watchedRules'),
      ...chartRules('ownRules'),
    ]);
  });

  for (const name of ['default', 'namespaces', 'everything', 'names']) {
    it(`belong to the account of its Pods, through bindings to roles that exist: ${name}`, async () => {
      const manifests = await scenario(name);
      const account = only(manifests, 'ServiceAccount').metadata.name;
      const bindings = manifests.filter(({ kind }) => BINDINGS.includes(kind));
      expect(bindings.length).to.be.greaterThan(1);
      for (const { metadata, roleRef, subjects } of bindings) {
        expect(subjects).to.eql([{ kind: 'ServiceAccount', name: account, namespace: 'mcphub-system' }]);
        const role = manifests.find(
          (it) =>
            it.kind === roleRef?.kind &&
            it.metadata.name === roleRef.name &&
            (it.kind === 'ClusterRole' || it.metadata.namespace === metadata.namespace),
        );
        expect(role, `${metadata.namespace}/${metadata.name}`).not.to.equal(undefined);
      }
    });
  }

  it('of two releases do not meet: nothing cluster-wide has the same name', async () => {
    const names = async (namespace: string) =>
      (await render({ namespace, values: { crds: { enabled: false } } }))
        .filter(({ metadata, kind }) => metadata.namespace === undefined && ROLES.concat(BINDINGS).includes(kind))
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const [one, other] = [await names('one'), await names('other')];
    expect(one).to.have.length(4);
    expect(one.filter((name) => other.includes(name))).to.eql([]);
  });

  it('are left to others when that is wanted', async () => {
    const manifests = await scenario('own-roles');
    expect(manifests.filter(({ kind }) => [...ROLES, ...BINDINGS, 'ServiceAccount'].includes(kind))).to.eql([]);
  });

  it('let holders of view read, and only holders of edit and admin write McpHubClusters', async () => {
    const roles = ofKind(await scenario('default'), 'ClusterRole').filter(({ metadata }) =>
      /:(view|edit)$/.test(metadata.name),
    );
    const of = (role: string) =>
      roles
        .filter(({ metadata }) => metadata.labels?.[`rbac.authorization.k8s.io/aggregate-to-${role}`] === 'true')
        .flatMap(({ rules }) => grants(rules).map((grant) => grant.split(' ')[1] ?? ''));
    expect([...new Set(of('view'))].sort()).to.eql(['get', 'list', 'watch']);
    for (const role of ['edit', 'admin']) expect(of(role)).to.include.members(['get', 'create', 'patch', 'delete']);
    expect(roles.flatMap(({ rules }) => grants(rules))).not.to.include('mcphub.io/mcphubclusters/status patch');
  });
});
