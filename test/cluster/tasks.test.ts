import { expect } from 'chai';
import { ask } from '../matrix/modern-wire.ts';
import { type Cluster, hosting, script, startCluster } from '../support/cluster.ts';

type Task = { taskId: string; status: string; result?: { content: { text: string }[] } };

describe('a task of a server that runs on two nodes', () => {
  let cluster: Cluster;
  before(async function () {
    this.timeout(60_000);
    const node = { settings: hosting({ extras: script('modern-extras', {}, '--modern') }) };
    cluster = await startCluster({ nodes: [node, node] });
  });
  after(async function () {
    this.timeout(30_000);
    await cluster?.stop();
  });

  async function resultOf(path: string, method: string, params: Record<string, unknown>): Promise<Task> {
    const { body } = await ask(`${cluster.url}${path}`, { method, params });
    return body?.result as unknown as Task;
  }

  for (const [route, name] of [
    ['/mcp/extras', 'work'],
    ['/mcp', 'extras-work'],
  ] as const) {
    it(`is not asked for at the process that does not know it (${route})`, async () => {
      for (let round = 0; round < 8; round++) {
        const { taskId, status } = await resultOf(route, 'tools/call', { name, arguments: {} });
        expect(status).to.equal('working');
        const polled = await resultOf(route, 'tasks/get', { taskId });
        expect(polled.taskId).to.equal(taskId);
        expect(polled.status).to.equal('completed');
      }
    });
  }

  it('is not one because somebody says so', async () => {
    const { body } = await ask(`${cluster.url}/mcp/extras`, { method: 'tasks/get', params: { taskId: 'task.1' } });
    expect(body?.error?.code).to.equal(-32602);
    expect(body?.error?.message).to.contain("Unknown task: 'task.1'");
  });
});
