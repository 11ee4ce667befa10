import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDRESSES, NODE_NAME } from './addresses.ts';

/** Where containerd is reached, below a /run of its own. */
const SOCKET = '/run/containerd/containerd.sock';
export const PAUSE_IMAGE = 'mcphub.test/pause:e2e';

/** Files of what runs on the Kubernetes node. @param store where containerd keeps images @param cgroup of all Pods */
export function writeConfiguration(folder: string, store: string, cgroup: string): void {
  const write = (name: string, content: object | string) =>
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  for (const name of ['cni', 'logs', 'kubelet', 'etcd']) mkdirSync(join(folder, name), { recursive: true });
  write('cni/10-e2e.conflist', network());
  write('containerd.toml', containerd(folder, store));
  write(
    'loader.toml',
    `${containerdHead(store)}disabled_plugins = ["io.containerd.grpc.v1.cri"]\n${socket()}${optional(folder)}`,
  );
  write('kubelet.yaml', kubelet(folder, cgroup));
  write('proxy.yaml', proxy(folder));
  write('Corefile', corefile(folder));
  write('resolv.conf', '');
}

/** ptp needs no br_netfilter to bring a Pod to a Service whose endpoint is on the same node. */
function network() {
  const ranges = [[{ subnet: ADDRESSES.pods }]];
  const ipam = { type: 'host-local', dataDir: '/run/cni-ipam', ranges, routes: [{ dst: '0.0.0.0/0' }] };
  return {
    cniVersion: '1.0.0',
    name: 'e2e',
    plugins: [
      { type: 'ptp', mtu: 1500, ipMasq: false, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function containerdHead(store: string): string {
  return `version = 2\nroot = "${store}"\nstate = "/run/containerd/state"\n`;
}

function socket(): string {
  return `[grpc]\n  address = "${SOCKET}"\n`;
}

/** Else it makes /opt/containerd. */
function optional(folder: string): string {
  return `[plugins."io.containerd.internal.v1.opt"]\n  path = "${join(folder, 'opt')}"\n`;
}

/** runc may not lower oom_score_adj where CAP_SYS_RESOURCE is missing, and then starts nothing. */
function containerd(folder: string, store: string): string {
  return `${containerdHead(store)}${socket()}${optional(folder)}[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(folder, 'cni')}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`;
}

/** Without limits of the disk, which others fill too, and without removal of images, which nobody could bring again. */
function kubelet(folder: string, cgroup: string) {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    singleProcessOOMKill: true,
    containerRuntimeEndpoint: `unix://${SOCKET}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(folder, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    clusterDNS: [ADDRESSES.node],
    clusterDomain: 'cluster.local',
    failSwapOn: false,
    resolvConf: join(folder, 'resolv.conf'),
    evictionHard: { 'memory.available': '1Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    serializeImagePulls: false,
  };
}

function proxy(folder: string) {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clientConnection: { kubeconfig: join(folder, 'proxy.kubeconfig') },
    clusterCIDR: ADDRESSES.cluster,
    hostnameOverride: NODE_NAME,
    bindAddress: ADDRESSES.node,
    // Else it would write sysctls of the machine.
    conntrack: { maxPerCore: 0, min: 0 },
    nodePortAddresses: [`${ADDRESSES.node}/32`],
  };
}

/** Names outside of the cluster do not exist; without an answer, who asks for one would wait. */
function corefile(folder: string): string {
  return `cluster.local:53 {
  bind ${ADDRESSES.node}
  errors
  kubernetes cluster.local {
    kubeconfig ${join(folder, 'admin.kubeconfig')}
    endpoint_pod_names
    ttl 1
  }
}
.:53 {
  bind ${ADDRESSES.node}
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`;
}
