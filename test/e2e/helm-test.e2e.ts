import { expect } from 'chai';
import { eventually } from './support/hub.ts';
import type { Kubectl } from './support/kubectl.ts';
import { clusterWithOperator, OPERATOR_NAMESPACE, RELEASE } from './support/one-cluster.ts';
import { needsPods } from './support/requirements.ts';

/** Milliseconds for a run that fails: its Pod is patient with an operator for a minute. */
const RUN = 150_000;
const DEPLOYMENT = 'deployment/mcphub-operator';

describe('helm test, on real Pods', function () {
  this.timeout(600_000);
  let kubectl: Kubectl;

  before(async function () {
    needsPods(this);
    ({ kubectl } = await clusterWithOperator());
  });

  function helmTest(...args: string[]): Promise<string> {
    return kubectl.helm(['test', RELEASE, '--namespace', OPERATOR_NAMESPACE, ...args], 4, RUN);
  }

  /** Those of the operator, or of tests, by their label. */
  async function pods(name: 'mcphub-operator' | 'mcphub-operator-test'): Promise<string[]> {
    const selector = ['-l', `app.kubernetes.io/name=${name}`];
    const found = await kubectl.list('-n', OPERATOR_NAMESPACE, 'pods', ...selector);
    return found.map(({ metadata, status }) => `${metadata.name} ${status.phase}`);
  }

  it('passes in a namespace of the restricted profile, and leaves nothing behind', async () => {
    const said = await helmTest('--logs');
    expect(said).to.contain('ok: the operator is ready').and.contain('ok: McpHubClusters are served');
    expect(await pods('mcphub-operator-test')).to.eql([]);
  });

  it('fails with the reason while there is no operator, and keeps nothing of that once it passes again', async () => {
    const { spec } = await kubectl.get('-n', OPERATOR_NAMESPACE, DEPLOYMENT);
    await scale(0);
    await eventually('it is gone', async () => expect(await pods('mcphub-operator')).to.eql([]));
    const failure = await helmTest()
      .then(
        (said) => `it passed: ${said}`,
        (error: Error) => error.message,
      )
      .finally(() => scale(spec.replicas));
    expect(failure).to.match(/not so: the operator is ready: .*ECONNREFUSED/);
    expect(await pods('mcphub-operator-test')).to.eql(['mcphub-operator-test Failed']);
    await helmTest();
    expect(await pods('mcphub-operator-test')).to.eql([]);
  });

  async function scale(replicas: number): Promise<void> {
    await kubectl.run(['scale', '-n', OPERATOR_NAMESPACE, DEPLOYMENT, `--replicas=${replicas}`]);
    await kubectl.run(['rollout', 'status', '-n', OPERATOR_NAMESPACE, DEPLOYMENT, '--timeout=90s'], '', 100_000);
  }
});
