
import { applyCrds, Clusters } from '/work/main/test/kube/support/clusters.ts';
import { startControlPlane } from '/work/main/test/kube/support/control-plane.ts';
import { startOperator } from '/work/main/test/kube/support/operator-process.ts';
describe('scale', function () {
  this.timeout(500000);
  it('200', async () => {
    const plane = await startControlPlane();
    await applyCrds(plane);
    const namespace = await plane.namespace();
    const clusters = new Clusters(plane, namespace);
    const env = { MCPHUB_OPERATOR_COORDINATOR_URL: 'http://127.0.0.1:1', MCPHUB_OPERATOR_HUB_URL: 'http://127.0.0.1:1', LOG_LEVEL: 'debug' };
    let op = await startOperator({ kubeconfig: plane.kubeconfig, namespace, env });
    const t0 = performance.now();
    for (let i = 0; i < 200; i++) await clusters.apply('c' + i, { coordinator: { replicas: 0 }, nodes: { replicas: 0 }, mcpServers: { e: { command: 'e' } } });
    console.log('applied', performance.now() - t0);
    await new Promise((r) => setTimeout(r, 15000));
    console.log('rss', op.rss / 1e6, 'cpu?');
    const writes = async (o) => { const { url } = await o.message('Metrics and probes are served', 0); const t = await (await fetch(url + '/metrics')).text(); return t.split('\n').filter((l) => /^rest_client_requests_total/.test(l)).join(' | '); };
    console.log(await writes(op));
    await new Promise((r) => setTimeout(r, 10000));
    console.log(await writes(op));
    await op.kill('SIGTERM');
    const t1 = performance.now();
    op = await startOperator({ kubeconfig: plane.kubeconfig, namespace, env });
    console.log('ready', performance.now() - t1);
    const seen = new Set();
    while (seen.size < 200 && performance.now() - t1 < 60000) { for (const l of op.log) if (l.msg === 'reconciled') seen.add(l.key); await new Promise((r) => setTimeout(r, 50)); }
    console.log('reconciled', seen.size, performance.now() - t1, 'rss', op.rss / 1e6, 'peak', op.peakRss / 1e6);
    await new Promise((r) => setTimeout(r, 5000));
    console.log(await writes(op), 'rss', op.rss / 1e6);
    await op.kill('SIGTERM');
    await plane.stop();
  });
});
