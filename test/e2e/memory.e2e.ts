import { expect } from 'chai';
import { connectV1, textOf } from '../support/clients.ts';
import { eventually, Hub } from './support/hub.ts';
import { clusterWithOperator } from './support/one-cluster.ts';
import { needsPods } from './support/requirements.ts';

describe('a server that uses up the memory of its Pod', function () {
  this.timeout(600_000);
  let hub: Hub;

  before(async function () {
    needsPods(this);
    const { kubectl } = await clusterWithOperator();
    const resources = { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '512Mi' } };
    hub = await Hub.create(kubectl, 'e2e-memory', { nodes: { replicas: 1, resources } });
  });

  after(() => hub?.delete());

  it('is killed alone: its caller has an error, other servers go on, and it is started again', async () => {
    const client = await connectV1(hub.url);
    const first = JSON.parse(textOf(await client.callTool({ name: 'probe-where', arguments: {} })));
    const error = await client.callTool({ name: 'probe-devour', arguments: { mebibytes: 2_000 } }).then(
      (result) => JSON.stringify(result),
      (reason) => String(reason),
    );
    expect(error).to.match(/McpError|"isError":true/);
    const echo = await client.callTool({ name: 'everything-echo', arguments: { message: 'still here' } });
    expect(textOf(echo)).to.contain('still here');
    const second = await eventually('it is started again', async () =>
      JSON.parse(textOf(await client.callTool({ name: 'probe-where', arguments: {} }))),
    );
    expect(second.host).to.equal(first.host);
    expect(second.pid).not.to.equal(first.pid);
    await client.close();
    const [pod] = await hub.pods('node');
    expect(pod?.status.containerStatuses[0].restartCount).to.equal(0);
  });
});
