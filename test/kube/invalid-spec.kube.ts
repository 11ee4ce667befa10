import { expect } from 'chai';
import type { ConditionType } from '../../operator/api/types.ts';
import { eventually } from '../support/eventually.ts';
import type { SpecInput } from './support/clusters.ts';
import { type HubNamespace, SMALL } from './support/hub-namespace.ts';
import { settledHub } from './support/hub-plane.ts';

describe('a spec that the schema lets pass and the operator cannot use', function () {
  this.timeout(90_000);
  let hub: HubNamespace;

  before(async function () {
    hub = await settledHub(this);
  });
  after(function () {
    return hub?.end(this);
  });

  async function message(type: ConditionType): Promise<string> {
    const { status } = await hub.clusters.get('demo');
    return status?.conditions?.find((condition) => condition.type === type)?.message ?? '';
  }

  const WRONG: Record<string, [spec: SpecInput, path: string]> = {
    'a group names a server that is nowhere': [
      { ...SMALL, groups: [{ name: 'dev', servers: ['ecko'] }] },
      'spec.groups[0].servers[0]',
    ],
    'an entry has a field of the wrong type, deep in what the schema leaves open': [
      { ...SMALL, mcpServers: { echo: { command: 'echo', tools: { one: { enabled: 'yes' } } } } },
      'spec.mcpServers.echo.tools.one.enabled',
    ],
  };

  for (const [what, [spec, path]] of Object.entries(WRONG)) {
    it(`says where and what to do, and changes nothing: ${what}`, async () => {
      const before = await hub.get('deployments', 'demo-node');
      const settings = (await hub.get('configmaps', 'demo-node')).data;
      await hub.clusters.apply('demo', { ...spec, nodes: { replicas: 5 } });
      await hub.clusters.condition('demo', 'ConfigValid', 'False', { reason: 'InvalidSpec' });
      expect(await message('ConfigValid'))
        .to.include(path)
        .and.include('last good state goes on');
      await hub.clusters.condition('demo', 'Ready', 'False');
      const after = await hub.get('deployments', 'demo-node');
      expect([after.spec, (await hub.get('configmaps', 'demo-node')).data]).to.eql([before.spec, settings]);
      expect(await hub.reasons()).to.include('InvalidSpec');
      await hub.clusters.apply('demo', { ...SMALL, nodes: { replicas: 3 } });
      await hub.clusters.condition('demo', 'ConfigValid');
      await hub.settled({ nodes: 3 });
      await hub.clusters.apply('demo', SMALL);
      await hub.settled();
    });
  }

  it('keeps only the object back that the API server refuses, in its words', async () => {
    const podTemplate = { spec: { dnsPolicy: 'Nonsense' } };
    await hub.clusters.apply('demo', { ...SMALL, nodes: { replicas: 2, podTemplate }, coordinator: { replicas: 2 } });
    await hub.clusters.condition('demo', 'Degraded', 'True', { reason: 'Refused' });
    expect(await message('Degraded'))
      .to.include('demo-node')
      .and.include('dnsPolicy')
      .and.include('Nonsense');
    await eventually('the rest is applied', async () => {
      expect((await hub.get('deployments', 'demo-coordinator')).spec.replicas).to.equal(2);
    });
    await hub.clusters.apply('demo', SMALL);
    await hub.settled();
  });
});
