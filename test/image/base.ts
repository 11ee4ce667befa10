import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './tools.ts';

/** Of this machine: its registry may be reached through a proxy with a certificate authority of its own. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/**
 * A stand-in for `node:24-slim` where no image registry can be reached: Debian by debootstrap, Node from this project's
 * dependencies, npm from this machine. The machine's certificate authorities are baked in, because npm and apt run in it.
 * @param folder where it is made, and kept for the next run
 * @returns a folder with a Dockerfile
 */
export async function makeBase(folder: string, projectRoot: string): Promise<string> {
  const context = join(folder, 'base');
  if (existsSync(join(context, 'base.tar'))) return context;
  const root = join(folder, 'rootfs');
  const unfinished = join(folder, 'unfinished');
  rmSync(root, { recursive: true, force: true });
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  await run('debootstrap', ['--variant=minbase', '--include=ca-certificates,libatomic1', 'bookworm', root]);
  addNode(root, projectRoot);
  for (const path of ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/locale', 'usr/share/man']) {
    rmSync(join(root, path), { recursive: true, force: true });
    mkdirSync(join(root, path), { recursive: true });
  }
  if (existsSync(CERTIFICATES)) cpSync(CERTIFICATES, join(root, CERTIFICATES));
  await run('tar', ['cf', join(unfinished, 'base.tar'), '-C', root, '.']);
  rmSync(root, { recursive: true, force: true });
  const lines = ['FROM scratch', 'ADD base.tar /', `ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES} PIP_CERT=${CERTIFICATES}`];
  writeFileSync(join(unfinished, 'Dockerfile'), `${lines.join('\n')}\nCMD ["node"]\n`);
  renameSync(unfinished, context);
  return context;
}

function addNode(root: string, projectRoot: string): void {
  const npm = join(execFileSync('npm', ['root', '--global'], { encoding: 'utf8', cwd: '/' }).trim(), 'npm');
  const modules = join(root, 'usr/local/lib/node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(npm, join(modules, 'npm'), { recursive: true, dereference: true });
  cpSync(join(projectRoot, 'node_modules/node/bin/node'), join(root, 'usr/local/bin/node'), { dereference: true });
  const links =
    'ln -sf ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && ln -sf ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx';
  execFileSync('chroot', [root, 'sh', '-c', `${links} && groupadd -g 1000 node && useradd -u 1000 -g node -m node`]);
}
