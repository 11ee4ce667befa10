import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeAuthority, makeCertificate, makeKeyPair, makeServerCertificate } from '../../support/certificates.ts';
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
 * Writes certificates, keys, tokens and kubeconfigs of a cluster.
 * @param folder where they are put: `NAME.crt`, `NAME.key`, `tokens.csv`, `NAME.kubeconfig`
 */
export function writeCredentials(folder: string): void {
  makeAuthority(folder);
  makeServerCertificate(folder, ['127.0.0.1', ADDRESSES.node, ADDRESSES.kubernetes]);
  makeCertificate(folder, 'apiserver-kubelet', '/O=system:masters/CN=apiserver', ['extendedKeyUsage=clientAuth']);
  makeKeyPair(folder, 'service-accounts');
  const rows = Object.entries(USERS).map(([name, [user, groups]], i) => `${name}-token,${user},${i},"${groups}"`);
  writeFileSync(join(folder, 'tokens.csv'), `${rows.join('\n')}\n`);
  for (const name of Object.keys(USERS)) writeKubeconfig(folder, name);
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
