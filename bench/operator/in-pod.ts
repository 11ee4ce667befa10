/**
 * `mcphub operator` as it runs in a Pod: with the files of a ServiceAccount, and so without the library that reads
 * kubeconfigs. The folder of these files is in BENCH_SERVICE_ACCOUNT, as only a Pod has them where Kubernetes puts them.
 */
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createLog } from '../../bin/log.ts';
import { startOps } from '../../bin/ops.ts';
import { exitOnUncaught, stopOnSignals } from '../../bin/signals.ts';
import { packageVersion } from '../../bin/version.ts';
import { readOperatorConfig } from '../../operator/config.ts';
import { inClusterConfig } from '../../operator/kube/config.ts';
import { createOperator } from '../../operator/operator.ts';

const {
  BENCH_SERVICE_ACCOUNT: directory = '',
  KUBERNETES_SERVICE_HOST: host = '',
  KUBERNETES_SERVICE_PORT: port = '',
} = process.env;
const version = packageVersion();
const config = readOperatorConfig(process.env, version);
const kubeConfig = await inClusterConfig({ host, port, directory });
const log = createLog({ level: config.logLevel });
exitOnUncaught(log);
const metrics = new Registry();
collectDefaultMetrics({ register: metrics });
const parts = createOperator({ config, kubeConfig, log, metrics, version });
const { ready, live } = parts;
const ops = await startOps({ registry: metrics, ready, live, host: '127.0.0.1', port: config.metricsPort, log });
const stop = async () => {
  await parts.stop();
  await ops.stop();
};
stopOnSignals({ stop }, log);
void parts.lost.then(() => process.exit(1));
await parts.start();
