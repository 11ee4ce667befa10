import { expect } from 'chai';
import { createReach, IN_CLUSTER } from '../../../operator/hub/reach.ts';
import { mergeReadings, type RegistryReading } from '../../../operator/hub/view.ts';

function reading(
  pod: string,
  nodes: [id: string, lastHeartbeat: number, active: boolean, sessions: number][],
): RegistryReading {
  return {
    pod,
    nodes: nodes.map(([id, lastHeartbeat, active, sessions]) => ({
      id,
      lastHeartbeat,
      active,
      sessions,
      draining: false,
      servers: {},
    })),
  };
}

describe('the view of a hub', () => {
  it('of several coordinators counts no node twice, and takes what was heard last', () => {
    const view = mergeReadings([
      reading('c-2', [
        ['n-1', 200, true, 5],
        ['n-2', 100, true, 1],
      ]),
      reading('c-1', [
        ['n-1', 100, true, 3],
        ['n-2', 200, true, 2],
      ]),
    ]);
    expect(view.coordinators).to.eql([{ pod: 'c-1' }, { pod: 'c-2' }]);
    expect(view.nodes.map(({ id, sessions }) => [id, sessions])).to.eql([
      ['n-1', 5],
      ['n-2', 2],
    ]);
  });

  it('has a node as active that any coordinator hears', () => {
    const view = mergeReadings([reading('c-1', [['n-1', 300, false, 1]]), reading('c-2', [['n-1', 200, true, 1]])]);
    expect(view.nodes[0]?.active).to.equal(true);
  });

  it('does not change with heartbeats alone: else every poll would be a change', () => {
    const at = (time: number) => mergeReadings([reading('c-1', [['n-1', time, true, 1]])]);
    expect(at(1)).to.eql(at(2));
  });
});

describe('the addresses of a hub', () => {
  it('are those of Pods and Services within the cluster, also for IPv6', () => {
    const reach = createReach(IN_CLUSTER, 'cluster.local');
    expect(reach.coordinator({ namespace: 'ns', name: 'c-1', ip: '198.18.0.1' })).to.equal('http://198.18.0.1:3000');
    expect(reach.coordinator({ namespace: 'ns', name: 'c-1', ip: 'fd00::1' })).to.equal('http://[fd00::1]:3000');
    expect(reach.coordinator({ namespace: 'ns', name: 'c-1' })).to.equal(undefined);
    expect(reach.hub({ namespace: 'ns', name: 'demo', port: 80 })).to.equal('http://demo.ns.svc.cluster.local:80');
  });

  it('can be others for an operator outside of the cluster', () => {
    const templates = {
      coordinator: 'http://127.0.0.1:1/{namespace}/{pod}/',
      hub: 'http://127.0.0.1:1/{namespace}/{name}',
    };
    const reach = createReach(templates, 'cluster.local');
    expect(reach.coordinator({ namespace: 'ns', name: 'c-1' })).to.equal('http://127.0.0.1:1/ns/c-1');
    expect(reach.hub({ namespace: 'ns', name: 'demo', port: 80 })).to.equal('http://127.0.0.1:1/ns/demo');
  });
});
