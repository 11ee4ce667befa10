import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Context } from 'mocha';
import { needsKube } from '../../kube/support/binaries.ts';
import { needs } from '../../support/needs.ts';

/** What has to be on the machine, by a program or file of it, and the Debian package that brings it. */
const TOOLS: Record<string, string> = {
  unshare: 'util-linux',
  containerd: 'containerd',
  runc: 'runc',
  '/usr/lib/cni/ptp': 'containernetworking-plugins',
  buildah: 'buildah',
  debootstrap: 'debootstrap',
  nft: 'nftables',
  iptables: 'iptables',
  conntrack: 'conntrack',
  ip: 'iproute2',
  socat: 'socat',
  openssl: 'openssl',
};

/** Skips a suite where Pods cannot run, and with CI=true fails; else gives it the time to build what is not there yet. */
export function needsPods(context: Context): void {
  const root = process.platform === 'linux' && process.getuid?.() === 0;
  needs(context, root, 'Linux and root, to run Pods');
  const missing = Object.entries(TOOLS).filter(([tool]) => !present(tool));
  needs(context, missing.length === 0, `packages of Debian: ${missing.map(([, name]) => name).join(' ')}`);
  needsKube(context, 'etcd', 'kube-apiserver', 'kubelet', 'coredns', 'pause');
}

function present(tool: string): boolean {
  if (tool.startsWith('/')) return existsSync(tool);
  return spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
}
