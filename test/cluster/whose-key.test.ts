import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { request } from 'undici';
import { openSessionId, sealSessionId } from '../../cluster/session-id.ts';
import { closeSockets, post, RawSession } from '../support/clients.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';

const TARGET = 'one';
const key = (id: string) => ({ id, name: id, token: `token-of-${id}`, enabled: true, accessType: 'all' });
const as = (id: string) => ({ authorization: `Bearer token-of-${id}` });

/** What anybody can make of a session id who knows how a key signs without a cluster secret, and has a key. */
function signedBy(id: string, stolen: string): string {
  const secret = createHmac('sha256', `token-of-${id}`).update('mcphub session ids').digest('base64url');
  const [tag = '', inner = ''] = stolen.split('.');
  const binding = { target: TARGET, principal: id };
  const forged = sealSessionId({ tag, inner }, binding, [secret]);
  expect(openSessionId(forged, binding, [secret])).to.eql({ tag, inner });
  return forged;
}

describe('two keys of a cluster without a secret', function () {
  this.timeout(60_000);
  let cluster: Cluster;
  before(async () => {
    const keys = { bearerKeys: [key('alice'), key('bob')], systemConfig: { routing: { enableBearerAuth: true } } };
    const env = { MCPHUB_CLUSTER_SECRET: '' };
    const node = { settings: hosting({ [TARGET]: script('cluster-tools') }), env };
    cluster = await startCluster({ coordinator: { settings: keys, env }, nodes: [node] });
  });
  after(async () => {
    await closeSockets();
    await cluster?.stop();
  });

  it('cannot sign sessions of each other: neither use nor end them, nor have them re-created', async () => {
    const url = `${cluster.url}/mcp/${TARGET}`;
    const session = await RawSession.open(url, as('alice'));
    const forged = { ...as('bob'), 'mcp-session-id': signedBy('bob', session.id) };
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    const refused = async () => {
      const reply = await post(url, list, forged);
      expect([reply.status, reply.body?.error?.code]).to.eql([404, -32001]);
      const ended = await request(url, { method: 'DELETE', headers: forged });
      expect(ended.statusCode).to.equal(404);
      await ended.body.dump();
    };
    await refused();
    await cluster.node('node-1').restart();
    await cluster.hosts('node-1', [TARGET]);
    await refused();
    expect(await session.call('echo', { message: 'mine' })).to.equal('mine');
    await refused();
  });
});
