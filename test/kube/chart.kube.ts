import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { CHART, ROOT } from '../../charts/chart.ts';
import { eventually } from '../support/eventually.ts';
import { helm as helmBinary } from '../support/kubectl-layer.ts';
import type { ControlPlane } from './support/control-plane.ts';
import { ownControlPlane } from './support/shared-control-plane.ts';

const run = promisify(execFile);
const SYSTEM = 'mcphub-system';
const ACCOUNT = `system:serviceaccount:${SYSTEM}:mcphub-operator`;
const KINDS = [
  'deployments,services,serviceaccounts,configmaps,roles,rolebindings,poddisruptionbudgets,networkpolicies',
  'clusterroles,clusterrolebindings',
].join();

describe('the chart on a real API server', function () {
  this.timeout(120_000);
  let plane: ControlPlane;

  before(async function () {
    // Of its own: definitions belong to one release.
    plane = await ownControlPlane(this);
    // As a kubelet says of its node.
    await plane.kubectl(['label', 'nodes', '--all', '--overwrite', 'kubernetes.io/os=linux']);
  });

  after(() => plane?.stop());

  async function helm(version: 3 | 4, ...args: string[]): Promise<string> {
    const env = { HOME: plane.folder, KUBECONFIG: plane.kubeconfig };
    const { stdout } = await run(helmBinary(version), args, { env, timeout: 100_000 });
    return stdout;
  }

  /** `yes` or `no`, whatever kubectl's exit code is. */
  async function canI(account: string, ...question: string[]): Promise<string> {
    const args = ['auth', 'can-i', ...question, '--as', account];
    const answer = await plane.kubectl(args).catch((error: Error) => error.message);
    return /\byes\b/.test(answer) ? 'yes' : 'no';
  }

  async function generation(): Promise<string> {
    const path = 'jsonpath={.metadata.generation}';
    return plane.kubectl(['get', 'deployment', 'mcphub-operator', '-n', SYSTEM, '-o', path]);
  }

  it('is installed with Helm 3, and its operator becomes ready', async () => {
    const options = ['--namespace', SYSTEM, '--create-namespace', '--wait', '--timeout', '90s'];
    expect(await helm(3, 'install', 'mcphub', CHART, ...options)).to.contain('STATUS: deployed');
    const established = ['wait', '--for=condition=Established', '--timeout=30s', 'crd/mcphubclusters.mcphub.io'];
    await plane.kubectl(established);
  });

  it('is upgraded with Helm 4 without a restart, where nothing changed', async () => {
    const before = await generation();
    await helm(4, 'upgrade', 'mcphub', CHART, '--namespace', SYSTEM, '--wait', '--timeout', '90s');
    expect(await generation()).to.equal(before);
    await helm(4, 'upgrade', 'mcphub', CHART, '--namespace', SYSTEM, '--set', 'logLevel=debug');
    expect(await generation()).not.to.equal(before);
  });

  it('gives its operator the rights that it needs, and none by which it could get more', async () => {
    const allowed = [
      ['list', 'mcphubclusters.mcphub.io', '-A'],
      ['patch', 'mcphubclusters.mcphub.io', '--subresource=status', '-A'],
      ['patch', 'deployments.apps', '-A'],
      ['update', 'secrets', '-A'],
      ['update', 'leases.coordination.k8s.io', '-n', SYSTEM],
    ];
    for (const question of allowed) expect(await canI(ACCOUNT, ...question), question.join(' ')).to.equal('yes');
    const refused = [
      ['create', 'pods', '-A'],
      ['create', 'clusterrolebindings.rbac.authorization.k8s.io'],
      ['create', 'serviceaccounts', '--subresource=token', '-A'],
      ['update', 'mcphubclusters.mcphub.io', '-A'],
      ['update', 'leases.coordination.k8s.io', '-n', 'default'],
      ['delete', 'customresourcedefinitions.apiextensions.k8s.io'],
    ];
    for (const question of refused) expect(await canI(ACCOUNT, ...question), question.join(' ')).to.equal('no');
  });

  it('lets holders of view and edit see and change McpHubClusters', async () => {
    const namespace = await plane.namespace();
    for (const role of ['view', 'edit']) {
      const names = ['create', 'rolebinding', role, `--clusterrole=${role}`, `--user=${role}er`];
      await plane.kubectl([...names, '-n', namespace]);
    }
    await eventually('the roles are aggregated', async () => {
      expect(await canI('editer', 'create', 'mcphubclusters.mcphub.io', '-n', namespace)).to.equal('yes');
    });
    expect(await canI('viewer', 'get', 'mcphubclusters.mcphub.io', '-n', namespace)).to.equal('yes');
    expect(await canI('viewer', 'create', 'mcphubclusters.mcphub.io', '-n', namespace)).to.equal('no');
    const status = ['patch', 'mcphubclusters.mcphub.io', '--subresource=status', '-n', namespace];
    expect(await canI('editer', ...status)).to.equal('no');
  });

  it('has rights in the listed namespaces only: the rest of the cluster is none of its business', async () => {
    const [one, other] = [await plane.namespace('team'), await plane.namespace('team')];
    const options = ['--namespace', one, '--set', `watchNamespaces={${one}},rbac.aggregate=false,crds.enabled=false`];
    await helm(4, 'install', 'narrow', CHART, ...options);
    const account = `system:serviceaccount:${one}:narrow-mcphub-operator`;
    expect(await canI(account, 'list', 'secrets', '-n', one)).to.equal('yes');
    expect(await canI(account, 'list', 'secrets', '-n', other)).to.equal('no');
    expect(await canI(account, 'list', 'mcphubclusters.mcphub.io', '-A')).to.equal('no');
    await helm(4, 'uninstall', 'narrow', '--namespace', one);
  });

  it('has examples that the API server takes, field by field', async () => {
    const namespace = await plane.namespace();
    const folder = join(ROOT, 'examples/kubernetes');
    const strict = ['apply', '--server-side', '--dry-run=server', '--validate=strict'];
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.yaml'))) {
      const where = name === 'operator.yaml' ? ['--force-conflicts'] : ['-n', namespace];
      await plane.kubectl([...strict, '-f', join(folder, name), ...where]);
    }
  });

  it('leaves definitions and clusters when it is uninstalled, and nothing else', async () => {
    const namespace = await plane.namespace();
    const minimal = join(ROOT, 'examples/kubernetes/minimal.yaml');
    await plane.kubectl(['apply', '-f', minimal, '-n', namespace]);
    await helm(4, 'uninstall', 'mcphub', '--namespace', SYSTEM, '--wait', '--timeout', '90s');
    expect(await plane.kubectl(['get', 'mhc', '-n', namespace, '-o', 'name'])).to.equal(
      'mcphubcluster.mcphub.io/demo\n',
    );
    const selector = ['-l', 'app.kubernetes.io/instance=mcphub', '-A', '-o', 'name', '--ignore-not-found'];
    expect(await plane.kubectl(['get', KINDS, ...selector])).to.equal('');
  });

  for (const version of [3, 4] as const) {
    it(`takes over definitions that kubectl has applied: Helm ${version}`, async () => {
      await plane.kubectl(['apply', '--server-side', '--force-conflicts', '-f', join(ROOT, 'crds')]);
      const force = version === 4 ? ['--force-conflicts'] : [];
      const options = ['--namespace', SYSTEM, '--take-ownership', ...force];
      await helm(version, 'install', 'again', CHART, ...options);
      const path = 'jsonpath={.metadata.annotations.meta\\.helm\\.sh/release-name}';
      expect(await plane.kubectl(['get', 'crd', 'mcphubclusters.mcphub.io', '-o', path])).to.equal('again');
      await helm(version, 'uninstall', 'again', '--namespace', SYSTEM);
    });
  }
});
