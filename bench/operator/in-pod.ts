/**
 * `mcphub operator` as it runs in a Pod: as JavaScript, which `npm run build` makes, and with the files of a
 * ServiceAccount, and so without the library that reads kubeconfigs. Only a Pod has these files where Kubernetes puts
 * them: here their folder is in BENCH_SERVICE_ACCOUNT, and that of the built code in BENCH_BUILD.
 */
import { pathToFileURL } from 'node:url';

const {
  BENCH_BUILD: build = '',
  BENCH_SERVICE_ACCOUNT: directory = '',
  KUBERNETES_SERVICE_HOST: host = '',
  KUBERNETES_SERVICE_PORT: port = '',
} = process.env;

/** @param file path below the root, without an extension */
function built<Module>(file: string): Promise<Module> {
  return import(`${pathToFileURL(build)}/${file}.js`);
}

const { collectDefaultMetrics, Registry } = await import('prom-client');
const { createLog } = await built<typeof import('../../bin/log.ts')>('bin/log');
const { startOps } = await built<typeof import('../../bin/ops.ts')>('bin/ops');
const { exitOnUncaught, stopOnSignals } = await built<typeof import('../../bin/signals.ts')>('bin/signals');
const { packageVersion } = await built<typeof import('../../bin/version.ts')>('bin/version');
const { readOperatorConfig } = await built<typeof import('../../operator/config.ts')>('operator/config');
const { inClusterConfig } = await built<typeof import('../../operator/kube/config.ts')>('operator/kube/config');
const { createOperator } = await built<typeof import('../../operator/operator.ts')>('operator/operator');

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
