import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names and addresses under which Pods and tests reach an API server on this machine. */
const API_SERVER_NAMES = [
  'DNS:localhost',
  'DNS:kubernetes',
  'DNS:kubernetes.default',
  'DNS:kubernetes.default.svc',
  'IP:127.0.0.1',
  'IP:198.19.0.1',
];

/** Whether there is the program with which certificates are made. */
export function hasOpenssl(): boolean {
  try {
    openssl('.', 'version');
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes what an API server and its clients need, into a folder: `ca.crt`, `ca.key`, `apiserver.crt`, `apiserver.key`,
 * and `sa.key` with `sa.pub`, which sign and verify tokens of ServiceAccounts.
 * @throws when openssl fails
 */
export function makeCertificates(folder: string): void {
  key(folder, 'ca');
  const subject = ['-days', '30', '-subj', '/CN=tests'];
  openssl(folder, 'req', '-x509', '-new', '-key', 'ca.key', ...subject, '-out', 'ca.crt');
  serverCertificate(folder, 'apiserver', API_SERVER_NAMES);
  key(folder, 'sa');
  openssl(folder, 'ec', '-in', 'sa.key', '-pubout', '-out', 'sa.pub');
}

function serverCertificate(folder: string, name: string, names: readonly string[]): void {
  key(folder, name);
  openssl(folder, 'req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
  writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names.join(',')}\nextendedKeyUsage=serverAuth\n`);
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30'];
  openssl(folder, 'x509', '-req', '-in', `${name}.csr`, ...signed, '-extfile', `${name}.ext`, '-out', `${name}.crt`);
}

function key(folder: string, name: string): void {
  openssl(folder, 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
}

function openssl(cwd: string, ...args: string[]): void {
  execFileSync('openssl', args, { cwd, stdio: 'pipe' });
}
