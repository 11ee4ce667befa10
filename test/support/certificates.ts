import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Days for which what is made here is good. */
const DAYS = '30';

/** Whether there is the program with which certificates are made. */
export function hasOpenssl(): boolean {
  try {
    openssl('.', 'version');
    return true;
  } catch {
    return false;
  }
}

/** Makes an authority, `ca.crt` and `ca.key`, in a folder. @throws when openssl fails */
export function makeAuthority(folder: string): void {
  makeKey(folder, 'ca');
  const subject = ['-days', DAYS, '-subj', '/CN=tests'];
  openssl(folder, 'req', '-x509', '-new', '-key', 'ca.key', ...subject, '-out', 'ca.crt');
}

/** Makes `NAME.crt` and `NAME.key`, signed by the authority of the folder. @param extensions lines of openssl's own */
export function makeCertificate(folder: string, name: string, subject: string, extensions: readonly string[]): void {
  makeKey(folder, name);
  openssl(folder, 'req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`);
  writeFileSync(join(folder, `${name}.ext`), `${extensions.join('\n')}\n`);
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', DAYS];
  openssl(folder, 'x509', '-req', '-in', `${name}.csr`, ...signed, '-extfile', `${name}.ext`, '-out', `${name}.crt`);
}

/** The certificate of an API server. @param addresses IPv4 addresses by which it is reached, beside its names */
export function makeServerCertificate(folder: string, addresses: readonly string[]): void {
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const reached = [...names.map((name) => `DNS:${name}`), ...addresses.map((address) => `IP:${address}`)];
  const extensions = [`subjectAltName=${reached.join(',')}`, 'extendedKeyUsage=serverAuth'];
  makeCertificate(folder, 'apiserver', '/CN=kube-apiserver', extensions);
}

/** Makes `NAME.key` and `NAME.pub`. */
export function makeKeyPair(folder: string, name: string): void {
  makeKey(folder, name);
  openssl(folder, 'ec', '-in', `${name}.key`, '-pubout', '-out', `${name}.pub`);
}

function makeKey(folder: string, name: string): void {
  openssl(folder, 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
}

function openssl(cwd: string, ...args: string[]): void {
  execFileSync('openssl', args, { cwd, stdio: 'pipe' });
}
