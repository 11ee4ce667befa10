import { Cluster } from './cluster.ts';
import { REGISTRY, TAG } from './images.ts';
import type { Kubectl } from './kubectl.ts';

export const OPERATOR_NAMESPACE = 'mcphub-system';
export const RELEASE = 'mcphub';
const CHART = new URL('../../../charts/mcphub-operator', import.meta.url).pathname;

let starting: Promise<Cluster> | undefined;
let installing: Promise<void> | undefined;

/** The cluster of all suites; the first one that asks starts it. */
export function sharedCluster(): Promise<Cluster> {
  starting ??= Cluster.start();
  return starting;
}

/** The cluster with the operator, installed with Helm from the project's chart into a restricted namespace. */
export async function clusterWithOperator(): Promise<Cluster> {
  const cluster = await sharedCluster();
  installing ??= install(cluster.kubectl);
  await installing;
  return cluster;
}

/** For a suite that has uninstalled the operator. */
export function forgetOperator(): void {
  installing = undefined;
}

async function install(kubectl: Kubectl): Promise<void> {
  await restrictedNamespace(kubectl, OPERATOR_NAMESPACE);
  const values = [`imageRegistry=${REGISTRY}`, `image.tag=${TAG}`];
  for (const role of ['coordinator', 'node']) values.push(`clusterImages.${role}.tag=${TAG}`);
  const settings = values.flatMap((value) => ['--set', value]);
  const wait = ['--wait', '--timeout', '120s'];
  await kubectl.helm(['install', RELEASE, CHART, '--namespace', OPERATOR_NAMESPACE, ...settings, ...wait], 4, 150_000);
}

/** A namespace in which only Pods of the restricted profile may run. */
export async function restrictedNamespace(kubectl: Kubectl, name: string): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await kubectl.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

after('the cluster is stopped', async function () {
  this.timeout(60_000);
  const cluster = await starting?.catch(() => undefined);
  await cluster?.stop();
});
