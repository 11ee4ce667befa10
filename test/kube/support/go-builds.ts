import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type KubeBinary =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kwok'
  | 'kubelet'
  | 'kube-proxy'
  | 'coredns'
  | 'pause';

/** What one call of `go build` makes. */
export interface GoBuild {
  /** A folder of {@link MODULES} with a go.mod. */
  module: string;
  /** The package of each program. */
  packages: Partial<Record<KubeBinary, string>>;
  /** Beside `-s -w`. */
  ldflags?: readonly string[];
  /** Folders of a Go module whose files the program needs when it runs. */
  data?: { module: string; folders: readonly string[]; name: string };
}

/** One go.mod and go.sum per folder pin what is built. */
export const MODULES = fileURLToPath(new URL('../binaries', import.meta.url));

/** Kubernetes, as go.mod names it, such as `v1.36.3`. */
export const KUBERNETES_VERSION = /k8s\.io\/kubernetes (v\S+)/.exec(
  readFileSync(join(MODULES, 'kubernetes', 'go.mod'), 'utf8'),
)?.[1] as string;

const [MAJOR, MINOR] = KUBERNETES_VERSION.slice(1).split('.');
const STAMP = 'k8s.io/component-base/version';
/** Without them the programs call themselves v0.0.0. */
const VERSION_FLAGS = [
  `-X ${STAMP}.gitVersion=${KUBERNETES_VERSION}`,
  `-X ${STAMP}.gitMajor=${MAJOR}`,
  `-X ${STAMP}.gitMinor=${MINOR}`,
];

/** Those of one module that are needed together are compiled together. */
export const BUILDS: readonly GoBuild[] = [
  { module: 'etcd', packages: { etcd: 'go.etcd.io/etcd/server/v3' } },
  {
    module: 'kubernetes',
    packages: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    },
    ldflags: VERSION_FLAGS,
  },
  {
    module: 'kubernetes',
    packages: { kubelet: 'k8s.io/kubernetes/cmd/kubelet', 'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy' },
    ldflags: VERSION_FLAGS,
  },
  {
    module: 'kwok',
    packages: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
    data: {
      module: 'sigs.k8s.io/kwok',
      folders: ['kustomize/stage/node/fast', 'kustomize/stage/node/heartbeat-with-lease', 'kustomize/stage/pod/fast'],
      name: 'kwok-stages',
    },
  },
  { module: 'coredns', packages: { coredns: '.' } },
  { module: 'pause', packages: { pause: '.' } },
];

/** The build that makes a program. */
export function buildOf(binary: KubeBinary): GoBuild {
  return BUILDS.find(({ packages }) => binary in packages) as GoBuild;
}

/** Names a folder for what a build makes; changes with everything that decides what that is. */
export function buildKey(build: GoBuild): string {
  const hash = createHash('sha256').update(JSON.stringify(build));
  const home = join(MODULES, build.module);
  for (const file of readdirSync(home).sort()) hash.update(file).update(readFileSync(join(home, file)));
  return [build.module, process.platform, process.arch, hash.digest('hex').slice(0, 12)].join('-');
}
