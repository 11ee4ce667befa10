import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDRESSES, API_SERVER, NODE_NAME } from './addresses.ts';

/** Who asks the API server, by the name of the kubeconfig, with user and groups. */
const USERS = {
  admin: ['admin', 'system:masters'],
  'controller-manager': ['system:kube-controller-manager', ''],
  scheduler: ['system:kube-scheduler', ''],
  proxy: ['system:kube-proxy', ''],
  kubelet: [`system:node:${NODE_NAME}`, 'system:nodes'],
} as const;

/**
 * Writes certificates, keys, tokens and kubeconfigs of a cluster, good for a day.
 * @param folder where they are put: `NAME.crt`, `NAME.key`, `tokens.csv`, `NAME.kubeconfig`
 */
export function writeCredentials(folder: string): void {
  key(folder, 'ca');
  openssl(folder, 'req', '-x509', '-new', '-key', 'ca.key', '-days', '1', '-subj', '/CN=mcphub-e2e', '-out', 'ca.crt');
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'].map(
    (name) => `DNS:${name}`,
  );
  const addresses = ['127.0.0.1', ADDRESSES.node, ADDRESSES.kubernetes].map((address) => `IP:${address}`);
  const server = `subjectAltName=${[...names, ...addresses].join(',')}\nextendedKeyUsage=serverAuth`;
  certificate(folder, 'apiserver', '/CN=kube-apiserver', server);
  certificate(folder, 'apiserver-kubelet', '/O=system:masters/CN=apiserver', 'extendedKeyUsage=clientAuth');
  key(folder, 'service-accounts');
  openssl(folder, 'ec', '-in', 'service-accounts.key', '-pubout', '-out', 'service-accounts.pub');
  const rows = Object.entries(USERS).map(([name, [user, groups]], i) => `${name}-token,${user},${i},"${groups}"`);
  writeFileSync(join(folder, 'tokens.csv'), `${rows.join('\n')}\n`);
  for (const name of Object.keys(USERS)) writeKubeconfig(folder, name);
}

function key(folder: string, name: string): void {
  openssl(folder, 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
}

function certificate(folder: string, name: string, subject: string, extensions: string): void {
  key(folder, name);
  writeFileSync(join(folder, `${name}.ext`), extensions);
  openssl(folder, 'req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`);
  const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1'];
  openssl(folder, 'x509', '-req', '-in', `${name}.csr`, ...authority, '-extfile', `${name}.ext`, '-out', `${name}.crt`);
}

function writeKubeconfig(folder: string, name: string): void {
  const cluster = { server: API_SERVER, 'certificate-authority': join(folder, 'ca.crt') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster }],
    users: [{ name, user: { token: `${name}-token` } }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: name } }],
    'current-context': 'e2e',
  };
  writeFileSync(join(folder, `${name}.kubeconfig`), JSON.stringify(config));
}

function openssl(folder: string, ...args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
}
