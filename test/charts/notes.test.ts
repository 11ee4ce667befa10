import { expect } from 'chai';
import { CHART } from '../../charts/chart.ts';
import { helmRun, needsHelm } from './chart.ts';

/** What a user reads after `helm install`. Helm 3 renders notes only with a Kubernetes cluster to ask for its version. */
async function notes(...set: string[]): Promise<string> {
  const options = ['--dry-run=client', '--namespace', 'mcphub-system', ...set.flatMap((value) => ['--set', value])];
  const text = await helmRun(4, ['install', 'mcphub', CHART, ...options]);
  return text.slice(text.indexOf('NOTES:'));
}

describe('the notes of the chart', () => {
  before(function () {
    needsHelm(this);
  });

  it('say what was installed, what comes next and how to find out what is wrong', async () => {
    const text = await notes();
    expect(text).to.contain('is installed as mcphub-operator in mcphub-system: 2 replica(s), of which one leads');
    expect(text).to.contain('kind: McpHubCluster').and.contain('wait mhc demo --for=condition=Ready');
    expect(text).to.contain('helm -n mcphub-system test mcphub').and.contain('describe mhc demo');
    expect(text).to.contain('read and write Secrets and ConfigMaps everywhere');
  });

  it('warn of what is left out', async () => {
    const text = await notes('watchNamespaces={team-a}', 'crds.enabled=false', 'rbac.create=false', 'replicas=0');
    expect(text).to.contain('those of other namespaces stay without status').and.contain('kubectl -n team-a apply');
    expect(text).to.contain('crds.enabled is false').and.contain('rbac.create is false').and.contain('no replicas');
  });

  it('warn that an uninstall deletes every cluster, when it does', async () => {
    expect(await notes()).not.to.contain('deletes every McpHubCluster');
    expect(await notes('crds.keep=false')).to.contain('deletes every McpHubCluster');
  });
});
