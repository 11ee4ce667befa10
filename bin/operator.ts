import { collectDefaultMetrics, Registry } from 'prom-client';
import { type OperatorConfig, readOperatorConfig } from '../operator/config.ts';
import { OperatorError } from '../operator/errors.ts';
import type { KubeConfig } from '../operator/kube/contract.ts';
import { listenHost } from '../settings/environment.ts';
import { EXIT, ExitError } from './exit.ts';
import { createLog } from './log.ts';
import { startOps } from './ops.ts';
import { exitOnUncaught, type Stoppable, stopOnSignals } from './signals.ts';
import { packageVersion } from './version.ts';

/** Those that only somebody who changes the surroundings of the process can mend. */
const USAGE = new Set(['MCPHUB_OPERATOR_ENVIRONMENT', 'MCPHUB_OPERATOR_NO_CONFIG']);

/**
 * Runs the Kubernetes operator until a signal ends it, or until it has lost its leadership. Its parts are loaded here, so
 * that nobody else pays for them.
 * @throws ExitError when the environment is wrong, or the API server cannot be used
 */
export async function operator(env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await run(env);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    throw new ExitError(`${error.message} (${error.code})`, USAGE.has(error.code) ? EXIT.usage : EXIT.failure, {
      cause: error,
    });
  }
}

async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const version = packageVersion();
  const config = readOperatorConfig(env, version);
  const kubeConfig = await loadConfig(env);
  const log = createLog({ level: config.logLevel });
  let running: Stoppable | undefined;
  exitOnUncaught(log, () => running);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  log.info({ version, server: kubeConfig.server, ...described(config) }, 'Operator starts');

  const { createOperator } = await import('../operator/operator.ts');
  const parts = createOperator({ config, kubeConfig, log, metrics, version });
  const ops = await startOps({
    registry: metrics,
    ready: parts.ready,
    live: parts.live,
    host: listenHost({ host: config.host }, 'coordinator'),
    port: config.metricsPort,
    log,
  });
  const stop = async () => {
    await parts.stop();
    await ops.stop();
    log.info('Operator has stopped');
  };
  running = { stop };
  stopOnSignals(running, log);
  void parts.lost.then(() => {
    const { message, code } = new OperatorError('MCPHUB_OPERATOR_LEASE_LOST');
    log.fatal({ code }, message);
    process.exit(EXIT.failure);
  });
  await parts.start();
}

async function loadConfig(env: NodeJS.ProcessEnv): Promise<KubeConfig> {
  const { loadKubeConfig } = await import('../operator/kube/config.ts');
  try {
    return await loadKubeConfig(env);
  } catch (error) {
    throw new OperatorError('MCPHUB_OPERATOR_NO_CONFIG', [(error as Error).message], { cause: error });
  }
}

/** What a reader of the log wants to know of the configuration. */
function described({
  namespaces,
  leaderElection,
  coordinatorImage,
  nodeImage,
  workers,
  verify,
}: OperatorConfig): object {
  return { namespaces, leaderElection, coordinatorImage, nodeImage, workers, verify };
}
