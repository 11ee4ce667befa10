import { choice, list, object, type Rule, type Shape, text, whole } from './field.ts';
import { annotations, labels } from './pods.ts';

export const SERVICE: Shape = {
  name: 'ServiceSpec',
  description: 'The Service that clients use.',
  fields: {
    type: choice('How the Service is reached.', ['ClusterIP', 'NodePort', 'LoadBalancer'], { default: 'ClusterIP' }),
    port: whole('Port of the Service.', { minimum: 1, maximum: 65_535, default: 80 }),
    nodePort: whole(
      'Port on every Kubernetes node, within the range of the API server (30000 to 32767 by default). Absent: one is chosen. Needs the type NodePort or LoadBalancer.',
      { minimum: 1, maximum: 65_535 },
    ),
    annotations: annotations('Annotations of the Service; cloud providers read their options from them.'),
    labels: labels('Labels of the Service, beside those that the operator sets, which win.'),
    loadBalancerClass: text(
      'Which implementation provides the load balancer. Absent: the default of the Kubernetes cluster. Needs the type LoadBalancer; it cannot change while the Service has that type.',
      { minLength: 1, maxLength: 316 },
    ),
    loadBalancerSourceRanges: list(
      'Networks from which the load balancer accepts clients. Absent: all. Needs the type LoadBalancer.',
      text('A network in CIDR notation, such as `203.0.113.0/24`.', { minLength: 1, maxLength: 49 }),
      { maxItems: 64, merge: 'set' },
    ),
    externalTrafficPolicy: choice(
      '`Local` keeps the address of the client and uses only Kubernetes nodes that have a coordinator; `Cluster` spreads evenly. Needs the type NodePort or LoadBalancer. Absent: Cluster.',
      ['Cluster', 'Local'],
    ),
  },
  rules: [
    {
      rule: "self.type == 'LoadBalancer' || !has(self.loadBalancerClass)",
      message: 'loadBalancerClass needs type: LoadBalancer; set the type, or remove the class',
    },
    {
      rule: "self.type == 'LoadBalancer' || !has(self.loadBalancerSourceRanges)",
      message:
        'loadBalancerSourceRanges needs type: LoadBalancer; set the type, or restrict clients with spec.networkPolicy',
    },
    {
      rule: "self.type != 'ClusterIP' || !has(self.nodePort)",
      message: 'nodePort needs type: NodePort or LoadBalancer; set the type, or remove the nodePort',
    },
    {
      rule: "self.type != 'ClusterIP' || !has(self.externalTrafficPolicy)",
      message: 'externalTrafficPolicy needs type: NodePort or LoadBalancer; set the type, or remove the policy',
    },
  ],
};

/** Of a path of HTTP or of a file. */
export const absolutePath = (example: string): Rule => ({
  rule: `self.startsWith('/')`,
  message: `a path must begin with a slash, such as ${example}`,
});

const HOST_NAME: Rule = {
  rule: "self.matches('^([*][.])?[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$')",
  message: 'a host name is in lower case, such as mcp.example.com or *.example.com, without scheme, port and path',
};

const publicPath = text(
  'Path before which everything is: `/team` makes the address `/team/mcp`. With `/` it is `/mcp`.',
  {
    minLength: 1,
    maxLength: 253,
    default: '/',
    rules: [
      {
        rule: "self.matches('^/([A-Za-z0-9._~-]+/)*[A-Za-z0-9._~-]*$')",
        message: 'a path begins with a slash and has letters, digits and . _ ~ - between slashes, such as /team',
      },
    ],
  },
);

export const INGRESS: Shape = {
  name: 'IngressSpec',
  description: 'An Ingress in front of the Service.',
  fields: {
    host: text('Host name that clients use.', { required: true, minLength: 1, maxLength: 253, rules: [HOST_NAME] }),
    className: text('IngressClass. Absent: the default one of the Kubernetes cluster.', {
      minLength: 1,
      maxLength: 253,
    }),
    path: publicPath,
    annotations: annotations(
      'Annotations of the Ingress. Event streams need a proxy that does not buffer and has no short timeout of silence.',
    ),
    tlsSecretName: text(
      'Secret of the type `kubernetes.io/tls` with the certificate of the host. Absent: the Ingress has no TLS of its own.',
      { minLength: 1, maxLength: 253 },
    ),
  },
};

const PARENT: Shape = {
  name: 'ParentReference',
  description: 'A Gateway of the Gateway API.',
  fields: {
    name: text('Name of the Gateway.', { required: true, minLength: 1, maxLength: 253 }),
    namespace: text('Its namespace. Absent: that of the McpHubCluster.', { minLength: 1, maxLength: 63 }),
    sectionName: text('Name of the listener. Absent: all listeners.', { minLength: 1, maxLength: 253 }),
    port: whole('Port of the listener. Absent: all ports.', { minimum: 1, maximum: 65_535 }),
  },
};

export const HTTP_ROUTE: Shape = {
  name: 'HttpRouteSpec',
  description: 'An HTTPRoute of the Gateway API in front of the Service. Its CRDs must be installed.',
  fields: {
    parentRefs: list('Gateways to which the route is attached.', object('A Gateway.', PARENT), {
      required: true,
      minItems: 1,
      maxItems: 32,
      merge: 'atomic',
    }),
    hostnames: list(
      'Host names that clients use. Absent: those of the listeners.',
      text('A host name, such as `mcp.example.com` or `*.example.com`.', {
        minLength: 1,
        maxLength: 253,
        rules: [HOST_NAME],
      }),
      { maxItems: 16, merge: 'set' },
    ),
    path: publicPath,
    annotations: annotations('Annotations of the HTTPRoute.'),
  },
};
