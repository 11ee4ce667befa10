// Made from operator/api/schema by "npm run generate": change that, not this.
import type { PodsSpec } from './building-blocks.ts';

/** The coordinators: where clients connect. */
export interface CoordinatorSpec extends PodsSpec {
  /** Number of coordinators. With two or more, one can fail or move without an interruption. Default 2. */
  replicas?: number;
  /** The Service that clients use. */
  service?: ServiceSpec;
  /** An Ingress in front of the Service. Absent: none. One of `ingress` and `httpRoute`. */
  ingress?: IngressSpec;
  /** An HTTPRoute of the Gateway API in front of the Service. Absent: none. One of `ingress` and `httpRoute`. */
  httpRoute?: HttpRouteSpec;
  /**
   * Silence after which a node counts as gone, in milliseconds. Nodes send at least three heartbeats in that time. A
   * long one is slower to notice a dead node, a short one costs traffic. Default 15000.
   */
  nodeTimeout?: number;
  /** Time between two sweeps for nodes that are gone, in milliseconds. Default 30000. */
  cleanupInterval?: number;
  /**
   * How long a stopping coordinator lets requests finish. In milliseconds, at most a day. The grace period of the Pods
   * follows from it. Default 30000.
   */
  drainTimeout?: number;
}

/** The Service that clients use. */
export interface ServiceSpec {
  /** How the Service is reached. Default "ClusterIP". */
  type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  /** Port of the Service. Default 80. */
  port?: number;
  /**
   * Port on every Kubernetes node, within the range of the API server (30000 to 32767 by default). Absent: one is
   * chosen. Needs the type NodePort or LoadBalancer.
   */
  nodePort?: number;
  /** Annotations of the Service; cloud providers read their options from them. */
  annotations?: Record<string, string>;
  /** Labels of the Service, beside those that the operator sets, which win. */
  labels?: Record<string, string>;
  /**
   * Which implementation provides the load balancer. Absent: the default of the Kubernetes cluster. Needs the type
   * LoadBalancer; it cannot change while the Service has that type.
   */
  loadBalancerClass?: string;
  /** Networks from which the load balancer accepts clients. Absent: all. Needs the type LoadBalancer. */
  loadBalancerSourceRanges?: string[];
  /**
   * `Local` keeps the address of the client and uses only Kubernetes nodes that have a coordinator; `Cluster` spreads
   * evenly. Needs the type NodePort or LoadBalancer. Absent: Cluster.
   */
  externalTrafficPolicy?: 'Cluster' | 'Local';
}

/** An Ingress in front of the Service. */
export interface IngressSpec {
  /** Host name that clients use. */
  host: string;
  /** IngressClass. Absent: the default one of the Kubernetes cluster. */
  className?: string;
  /** Path before which everything is: `/team` makes the address `/team/mcp`. With `/` it is `/mcp`. Default "/". */
  path?: string;
  /**
   * Annotations of the Ingress. Event streams need a proxy that does not buffer and has no short timeout of silence.
   */
  annotations?: Record<string, string>;
  /**
   * Secret of the type `kubernetes.io/tls` with the certificate of the host. Absent: the Ingress has no TLS of its own.
   */
  tlsSecretName?: string;
}

/** An HTTPRoute of the Gateway API in front of the Service. Its CRDs must be installed. */
export interface HttpRouteSpec {
  /** Gateways to which the route is attached. */
  parentRefs: ParentReference[];
  /** Host names that clients use. Absent: those of the listeners. */
  hostnames?: string[];
  /** Path before which everything is: `/team` makes the address `/team/mcp`. With `/` it is `/mcp`. Default "/". */
  path?: string;
  /** Annotations of the HTTPRoute. */
  annotations?: Record<string, string>;
}

/** A Gateway of the Gateway API. */
export interface ParentReference {
  /** Name of the Gateway. */
  name: string;
  /** Its namespace. Absent: that of the McpHubCluster. */
  namespace?: string;
  /** Name of the listener. Absent: all listeners. */
  sectionName?: string;
  /** Port of the listener. Absent: all ports. */
  port?: number;
}
