import { hostname } from 'node:os';
import { expect } from 'chai';
import { nodeIdentity } from '../../bin/identity.ts';
import { ownUrl } from '../../bin/member.ts';
import { parseSettings } from '../../settings/load.ts';

function clusterNode(node: object = {}) {
  return parseSettings({ systemConfig: { cluster: { node } } }).systemConfig.cluster.node;
}

describe('the identity of a node', () => {
  it('is the same after a restart, so that a node that comes back is not a new one', () => {
    const first = nodeIdentity('node', clusterNode(), 3001);
    expect(first.id).to.contain(':3001'.slice(1)).and.to.contain(hostname().slice(0, 3));
    expect(nodeIdentity('node', clusterNode(), 3001)).to.eql(first);
  });

  it('differs between two nodes on one host', () => {
    expect(nodeIdentity('node', clusterNode(), 3001).id).not.to.equal(nodeIdentity('node', clusterNode(), 3002).id);
  });

  it('is what the settings say, with the address to advertise', () => {
    expect(nodeIdentity('node', clusterNode({ id: 'a', name: 'A', url: 'http://a:1' }), 0)).to.eql({
      id: 'a',
      name: 'A',
      url: 'http://a:1',
    });
  });

  it('is the role for the node inside a coordinator, which is reached over loopback whatever url the settings have', () => {
    expect(nodeIdentity('coordinator', clusterNode({ url: 'http://a:1' }), 0)).to.eql({
      id: 'coordinator',
      name: 'coordinator',
    });
  });
});

describe('the address of the own process', () => {
  it('is loopback when the member listens on all interfaces', () => {
    expect(ownUrl('http://0.0.0.0:3000/base')).to.equal('http://127.0.0.1:3000/base');
    expect(ownUrl('http://[::]:3000')).to.equal('http://[::1]:3000');
    expect(ownUrl('http://10.0.0.1:3000')).to.equal('http://10.0.0.1:3000');
  });
});
