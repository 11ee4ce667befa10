import { expect } from 'chai';
import { API } from '../../operator/api/names.ts';
import { admit } from '../operator/api/admission.ts';
import { EXAMPLES } from '../operator/api/examples/all.ts';
import { eventually } from '../support/eventually.ts';
import type { ControlPlane } from './support/control-plane.ts';
import { type HubNamespace, hubNamespace, SMALL } from './support/hub-namespace.ts';
import { hubPlane } from './support/hub-plane.ts';

/** Names that Kubernetes itself refuses, before any rule. */
const NO_NAME = /a lowercase RFC 1123 subdomain/;

describe('the CRD on a real API server', function () {
  this.timeout(60_000);
  let plane: ControlPlane;
  let hub: HubNamespace;

  before(async function () {
    plane = await hubPlane(this);
    hub = await hubNamespace(plane);
  });

  /** @param example a spec, or a name */
  function dryRun(example: object | string) {
    const [name, spec] = typeof example === 'string' ? [example, {}] : ['demo', example];
    const object = { apiVersion: API.apiVersion, kind: API.kind, metadata: { name }, spec };
    return plane.api.call('POST', `${hub.path('mcphubclusters')}?dryRun=All&fieldValidation=Strict`, object);
  }

  for (const { message, accepted, refused } of EXAMPLES) {
    it(`refuses what is wrong and nothing else: ${message}`, async () => {
      for (const example of accepted) {
        const { status, body } = await dryRun(example);
        expect(status, `${JSON.stringify(example)}: ${body.message}`).to.equal(201);
      }
      for (const example of refused) {
        const { status, body } = await dryRun(example);
        expect(status, JSON.stringify(example)).to.equal(422);
        if (!NO_NAME.test(body.message)) expect(body.message, JSON.stringify(example)).to.include(message);
      }
    });
  }

  it('shows every default in the stored object: nobody has to know what is not written', async () => {
    const { body } = await dryRun({ mcpServers: { one: { container: { image: 'i', port: 8080 } } }, monitoring: {} });
    const { object } = admit({
      apiVersion: API.apiVersion,
      kind: API.kind,
      metadata: { name: 'demo' },
      spec: { mcpServers: { one: { container: { image: 'i', port: 8080 } } }, monitoring: {} },
    });
    expect(body.spec).to.eql(object.spec);
    await hub.clusters.apply('defaults', {});
    const yaml = await plane.kubectl(['get', 'mhc', 'defaults', '-n', hub.name, '-o', 'yaml']);
    expect(yaml)
      .to.match(/coordinator:\n[\s\S]*replicas: 2/)
      .and.match(/nodes:\n[\s\S]*replicas: 2/);
    await hub.clusters.delete('defaults');
  });

  it('merges what two appliers say of lists, instead of letting the last one win', async () => {
    for (const pool of ['a', 'b']) {
      const manifest = {
        apiVersion: API.apiVersion,
        kind: API.kind,
        metadata: { name: 'merged' },
        spec: { nodePools: [{ name: pool, replicas: 1 }] },
      };
      const path = `${hub.path('mcphubclusters', 'merged')}?fieldManager=${pool}`;
      await plane.api.ok('PATCH', path, manifest, 'application/apply-patch+yaml');
    }
    const { spec } = await hub.clusters.get('merged');
    expect(spec.nodePools?.map(({ name }) => name)).to.eql(['a', 'b']);
    await hub.clusters.delete('merged');
  });

  it('keeps spec and status apart: who may write one cannot write the other', async () => {
    await hub.clusters.apply('apart', {});
    await hub.clusters.patch('apart', { status: { sessions: 7 } });
    expect((await hub.clusters.get('apart')).status).to.equal(undefined);
    await plane.api.ok(
      'PATCH',
      `${hub.path('mcphubclusters', 'apart')}/status`,
      { spec: { paused: true }, status: { sessions: 7 } },
      'application/merge-patch+json',
    );
    const { spec, status, metadata } = await hub.clusters.get('apart');
    expect([spec.paused ?? false, status?.sessions, metadata.generation]).to.eql([false, 7, 1]);
    await hub.clusters.delete('apart');
  });

  describe('with an operator', () => {
    afterEach(function () {
      return hub?.end(this);
    });

    it('is at hand in kubectl: short name, category, columns, explain, wait and scale', async () => {
      await hub.start();
      await hub.clusters.apply('demo', SMALL);
      await hub.settled();
      const kubectl = (...args: string[]) => plane.kubectl([...args, '-n', hub.name]);
      const columns = (text: string) =>
        text
          .split('\n')[0]
          ?.split(/ {2,}/)
          .map((word) => word.trim())
          .filter(Boolean);
      expect(columns(await kubectl('get', 'mhc'))).to.eql([
        'NAME',
        'READY',
        'NODES',
        'SERVERS',
        'SESSIONS',
        'URL',
        'AGE',
      ]);
      const wide = ['COORDINATORS', 'REASON', 'MESSAGE'];
      expect(columns(await kubectl('get', 'mcp', '-o', 'wide'))?.slice(-3)).to.eql(wide);
      expect(await kubectl('get', 'mhc', 'demo', '--no-headers')).to.match(/^demo +\w+ +0\/2 +0\/1 +0 +http:\S+ +\d+s/);
      expect(await kubectl('explain', 'mhc.spec.nodes.replicas')).to.include('Number of nodes');
      await kubectl('wait', 'mhc/demo', '--for=condition=ConfigValid', '--timeout=20s');
      await kubectl('scale', 'mhc', 'demo', '--replicas', '3');
      await hub.settled({ nodes: 3 });
      const scale = await plane.api.ok('GET', `${hub.path('mcphubclusters', 'demo')}/scale`);
      expect([scale.spec.replicas, scale.status.replicas]).to.eql([3, 3]);
      await eventually('the selector finds the nodes', async () => {
        const selector = encodeURIComponent(scale.status.selector);
        expect(await hub.list('pods', `?labelSelector=${selector}`)).to.have.length(3);
      });
    });
  });
});
