import { join } from 'node:path';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createNode } from '../node/node.ts';
import { createCoordinator } from '../router/coordinator.ts';
import { type ClusterMode, clusterModeOf } from '../settings/cluster-mode.ts';
import { listenHost, readEnvironment } from '../settings/environment.ts';
import { findSettingsFile, SETTINGS_FILE } from '../settings/read.ts';
import { openSettings, type SettingsSource } from '../settings/store.ts';
import { nodeIdentity } from './identity.ts';
import { type InnerNode, privateToken, startInnerNode } from './inner-node.ts';
import { createLog, type Logger } from './log.ts';
import { type ListenAddress, type Member, startMember } from './member.ts';
import { startOps } from './ops.ts';
import { exitOnUncaught, type Stoppable, stopOnSignals } from './signals.ts';
import { packageVersion } from './version.ts';

/** What a coordinator and a node get alike. */
interface Common {
  settings: SettingsSource;
  listen: ListenAddress;
  log: Logger;
  metrics: Registry;
  version: string;
}

interface Parts {
  member: Member;
  /** Hosts a coordinator's own servers. */
  inner?: InnerNode;
}

/**
 * Runs this process in the mode that the settings and the environment say, until a signal ends it.
 * @param cwd where the settings file is looked for when MCPHUB_SETTING_PATH does not say
 * @throws SettingsError when settings or environment cannot be used; ExitError when an address cannot be bound
 */
export async function start(env: NodeJS.ProcessEnv, cwd: string): Promise<void> {
  const environment = readEnvironment(env);
  const log = createLog({ level: environment.logLevel });
  let running: Stoppable | undefined;
  exitOnUncaught(log, () => running);
  const settings = openSettings({ path: findSettingsFile(env, cwd) ?? join(cwd, SETTINGS_FILE), env, log });
  const mode = clusterModeOf(settings.current);
  const host = listenHost(environment, mode);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });

  let parts: Parts | undefined;
  let stopping = false;
  const ready = () => !stopping && parts !== undefined && parts.member.ready() && (parts.inner?.ready() ?? true);
  const ops = await startOps({ registry: metrics, ready, host, port: environment.metricsPort, log });
  const stop = async ({ graceful }: { graceful: boolean }) => {
    stopping = true;
    // Together: while the inner node finishes its calls, their answers still pass through the coordinator.
    await Promise.all([parts?.inner?.stop({ graceful }), parts?.member.stop({ graceful })]);
    await ops.stop();
    settings.close();
    if (mode !== 'standalone') log.info('Cluster service shut down');
  };
  running = { stop };
  stopOnSignals(running, log);

  const listen = { host, port: environment.port, basePath: environment.basePath };
  const common = { settings, listen, log, metrics, version: packageVersion() };
  log.info(mode === 'standalone' ? 'Cluster mode is disabled' : `Initializing cluster service in ${mode} mode`);
  parts = mode === 'node' ? await startNode(common) : await startCoordinator(common, mode);
}

async function startNode(common: Common): Promise<Parts> {
  const { cluster } = common.settings.current.systemConfig;
  const identity = nodeIdentity('node', cluster.node, common.listen.port);
  common.log.info(`Initializing as cluster node: ${identity.name} (${identity.id})`);
  const member = createNode({
    ...common,
    identity,
    coordinators: cluster.node.coordinatorUrl,
    clusterTokens: () => common.settings.current.systemConfig.cluster.token,
  });
  await startMember(member, common.listen);
  return { member };
}

async function startCoordinator(common: Common, mode: Exclude<ClusterMode, 'node'>): Promise<Parts> {
  const { log } = common;
  const cluster = () => common.settings.current.systemConfig.cluster;
  // A hub that stands alone has no other members, so nobody but its own node may register.
  const own = [privateToken()];
  const clusterTokens = () => (mode === 'standalone' ? own : cluster().token);
  if (mode === 'coordinator') {
    log.info('Initializing as cluster coordinator');
    if (clusterTokens().length === 0) warnOfOpenCluster(log);
  }
  const member = createCoordinator({ ...common, mode, clusterTokens, secrets: () => cluster().secret });
  await startMember(member, common.listen);
  const inner = await startInnerNode({
    role: mode,
    settings: common.settings,
    coordinatorUrl: member.url,
    clusterTokens,
    log,
    metrics: common.metrics,
    version: common.version,
  });
  if (mode === 'coordinator') log.info('Cluster coordinator initialized');
  return { member, inner };
}

function warnOfOpenCluster(log: Logger): void {
  log.warn(
    'The cluster has no token: whoever reaches this port can register as a node and receive client traffic, and ' +
      "where clients need bearer keys, nodes cannot reach each other's servers. " +
      'Set MCPHUB_CLUSTER_TOKEN, or systemConfig.cluster.token, to the same secret on all members',
  );
}
