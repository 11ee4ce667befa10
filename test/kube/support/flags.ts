import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Of Services; nothing routes it. From the range that is set aside for tests of networks (RFC 2544), as all below. */
const SERVICES = '198.19.0.0/16';
const PODS = '198.18.0.0/16';
const NODE_ADDRESS = '198.18.255.2';
/** Else it publishes an address of this machine. */
const ADVERTISED = '198.18.255.1';
/** Enough for hundreds of clusters, and without the client's own limit, which would only slow tests. */
const CAPACITY = { cpu: '1000', memory: '4000Gi', pods: '5000' };
const UNLIMITED = ['--kube-api-qps=1000', '--kube-api-burst=2000'];

/** What Pods are placed on. */
export const NODES = ['n1', 'n2'].map((name) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { type: 'kwok', 'kubernetes.io/hostname': name } },
  status: { allocatable: CAPACITY, capacity: CAPACITY },
}));

export function etcdArgs(folder: string, ports: { etcd: number; peer: number }): string[] {
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=http://127.0.0.1:${ports.etcd}`,
    `--advertise-client-urls=http://127.0.0.1:${ports.etcd}`,
    `--listen-peer-urls=http://127.0.0.1:${ports.peer}`,
    // Nothing here must outlast a loss of power.
    '--unsafe-no-fsync',
  ];
}

export function apiServerArgs(folder: string, ports: { etcd: number; api: number }, more: readonly string[]): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    '--bind-address=127.0.0.1',
    `--advertise-address=${ADVERTISED}`,
    `--secure-port=${ports.api}`,
    `--tls-cert-file=${join(folder, 'apiserver.crt')}`,
    `--tls-private-key-file=${join(folder, 'apiserver.key')}`,
    `--client-ca-file=${join(folder, 'ca.crt')}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    `--service-account-key-file=${join(folder, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--authorization-mode=Node,RBAC',
    `--service-cluster-ip-range=${SERVICES}`,
    ...more,
  ];
}

export function controllerManagerArgs(folder: string, kubeconfig: string, port: number): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${join(folder, 'sa.key')}`,
    `--root-ca-file=${join(folder, 'ca.crt')}`,
    // Each controller then has its own rights, as on a real cluster.
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    // kwok beats every 10 minutes; after the default of 50 s all Pods would count as not ready.
    '--node-monitor-grace-period=2h',
    ...UNLIMITED,
  ];
}

export function schedulerArgs(kubeconfig: string, port: number): string[] {
  const listen = ['--bind-address=127.0.0.1', `--secure-port=${port}`];
  return [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', ...listen, ...UNLIMITED];
}

/** @param stages folder of YAML files that say how nodes and Pods live */
export function kwokArgs(kubeconfig: string, port: number, stages: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    '--manage-all-nodes=true',
    `--node-ip=${NODE_ADDRESS}`,
    `--cidr=${PODS}`,
    `--server-address=127.0.0.1:${port}`,
    ...readdirSync(stages).map((file) => `--config=${join(stages, file)}`),
  ];
}
