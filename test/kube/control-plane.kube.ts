import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { until } from '../support/until.ts';
import { Api } from './support/api.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { ownControlPlane, sharedControlPlane } from './support/shared-control-plane.ts';

const MODULE = fileURLToPath(new URL('./support/control-plane.ts', import.meta.url));

describe('the control plane of the tests', function () {
  this.timeout(60_000);
  let plane: ControlPlane;

  before(async function () {
    plane = await sharedControlPlane(this);
  });

  it('brings a Deployment to Ready: a rollout that never ends would look like a fault of the operator', async () => {
    const namespace = await plane.namespace();
    await plane.kubectl(['create', 'deployment', 'web', '--image=none:1', '--replicas=5', '-n', namespace]);
    await plane.kubectl(['rollout', 'status', 'deployment/web', '--timeout=30s', '-n', namespace]);
    const { items } = await plane.api.ok('GET', `/api/v1/namespaces/${namespace}/pods`);
    const addresses = (items as { status: { podIP: string } }[]).map(({ status }) => status.podIP);
    expect(new Set(addresses).size, 'each Pod has an address of its own').to.equal(5);
  });

  it('collects what belongs to a deleted owner: leaks of the operator would look like its own', async () => {
    const namespace = await plane.namespace();
    await plane.kubectl(['create', 'deployment', 'web', '--image=none:1', '-n', namespace]);
    await plane.kubectl(['rollout', 'status', 'deployment/web', '--timeout=30s', '-n', namespace]);
    await plane.kubectl(['delete', 'deployment/web', '--cascade=foreground', '--timeout=30s', '-n', namespace]);
    expect(await plane.kubectl(['get', 'pods,replicasets', '-o', 'name', '-n', namespace])).to.equal('');
  });

  it('refuses who it does not know and what is not allowed: missing rights would go unnoticed', async () => {
    const namespace = await plane.namespace();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const stranger = new Api(plane.server, plane.ca, 'wrong');
    const account = new Api(plane.server, plane.ca, await plane.tokenFor(namespace, 'default'));
    try {
      expect((await stranger.call('GET', path)).status).to.equal(401);
      expect((await account.call('GET', path)).status).to.equal(403);
    } finally {
      await stranger.close();
      await account.close();
    }
  });

  it('writes kubeconfigs that work, for a ServiceAccount too', async () => {
    const namespace = await plane.namespace();
    const kubeconfig = plane.kubeconfigFor(await plane.tokenFor(namespace, 'default'));
    const who = await plane.kubectl(['auth', 'whoami', `--kubeconfig=${kubeconfig}`, '-o', 'json']);
    expect(JSON.parse(who).status.userInfo.username).to.equal(`system:serviceaccount:${namespace}:default`);
  });
});

describe('a control plane of its own', function () {
  this.timeout(60_000);
  let plane: ControlPlane;

  before(async function () {
    plane = await ownControlPlane(this, { scheduler: false, kwok: false });
  });

  after(() => plane?.stop());

  it('says 410 to a watch from before its restart, and has kept its objects', async () => {
    const path = `/api/v1/namespaces/${await plane.namespace()}/configmaps`;
    const before = (await plane.api.ok('GET', path)).metadata.resourceVersion;
    for (const name of ['a', 'b', 'c']) await plane.api.ok('POST', path, { metadata: { name } });
    await plane.restartApiServer();
    const { body } = await plane.api.call('GET', `${path}?watch=true&resourceVersion=${before}&timeoutSeconds=5`);
    expect(body).to.nested.include({ type: 'ERROR', 'object.code': 410, 'object.reason': 'Expired' });
    const { items } = await plane.api.ok('GET', path);
    expect(items.map((item: { metadata: { name: string } }) => item.metadata.name)).to.include.members(['a', 'b', 'c']);
  });

  it('says why it does not start: a wrong flag would be a timeout without a word', async () => {
    const failed = await ownStart(['--no-such-flag']);
    expect(failed)
      .to.match(/kube-apiserver: answers \/readyz: it ended/)
      .and.match(/no-such-flag/);
  });

  it('goes with a test run that is killed: processes and folders would pile up', async () => {
    const script = `
      const { startControlPlane } = await import(${JSON.stringify(MODULE)});
      const plane = await startControlPlane({ scheduler: false, kwok: false });
      const pids = ['etcd', 'kube-apiserver', 'kube-controller-manager'].map((name) => plane.pid(name));
      console.log(JSON.stringify({ pids, folder: plane.folder }));
      setInterval(() => {}, 1000);`;
    const run = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = await once(createInterface({ input: run.stdout }), 'line');
      const { pids, folder } = JSON.parse(line) as { pids: number[]; folder: string };
      expect(pids.filter(runs)).to.eql(pids);
      run.kill('SIGKILL');
      await until(() => !pids.some(runs) && !existsSync(folder));
    } finally {
      run.kill('SIGKILL');
    }
  });
});

/** What a start with these flags says. */
async function ownStart(apiArgs: readonly string[]): Promise<string> {
  try {
    const plane = await startControlPlane({ apiArgs, kwok: false, scheduler: false });
    await plane.stop();
    return 'it started';
  } catch (error) {
    return (error as Error).message;
  }
}

function runs(pid: number): boolean {
  return existsSync(`/proc/${pid}/exe`);
}
