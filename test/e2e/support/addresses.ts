/** Addresses of a cluster: all of 198.19.0.0/16, a range set aside for tests (RFC 2544), of which none leaves the machine. */
export const ADDRESSES = {
  /** The one Kubernetes node, with API server, DNS and kubelet. */
  node: '198.19.255.1',
  nodePrefix: 24,
  pods: '198.19.128.0/24',
  services: '198.19.0.0/17',
  /** What Pods may have, for kube-proxy. */
  cluster: '198.19.128.0/17',
  /** The Service of the API server: the first of `services`. */
  kubernetes: '198.19.0.1',
  /** Given to Services of type LoadBalancer by the test, in the place of a cloud. */
  balancers: '198.19.253.0/24',
  balancer: (index: number) => `198.19.253.${index + 1}`,
  /** Both ends of the link by which the test reaches the cluster. */
  host: '198.19.254.2',
  guest: '198.19.254.1',
  linkPrefix: 30,
} as const;

/** Name of the link on the machine: there is one cluster at a time. */
export const LINK = 'mcphub-e2e';
export const NODE_NAME = 'node1';
export const API_SERVER = `https://${ADDRESSES.node}:6443`;
