import type { McpHubClusterSpec } from '../../../operator/api/types.ts';

/** What people write and the API server drops or rewrites: empty values, zeros, quantities in other units. */
export const UNTIDY: McpHubClusterSpec = {
  coordinator: {
    service: { type: 'NodePort', annotations: {}, labels: {} },
    ingress: { host: 'mcp.example.com', annotations: { empty: '' } },
    podLabels: {},
    podAnnotations: { empty: '' },
    resources: { requests: {}, limits: {} },
    scheduling: { nodeSelector: {}, tolerations: [], affinity: {}, priorityClassName: '' },
  },
  nodes: {
    resources: { requests: { cpu: '0', 'ephemeral-storage': '1.5Gi' }, limits: { memory: '0.5Gi', cpu: '1.0005' } },
    scheduling: { tolerations: [{ key: 'a', operator: 'Equal', value: '', effect: '' }] },
    volumes: [
      {
        name: 'claim',
        mountPath: '/a',
        readOnly: false,
        source: { persistentVolumeClaim: { claimName: 'a', readOnly: false } },
      },
      { name: 'secret', mountPath: '/b', readOnly: true, source: { secret: { secretName: 'a', items: [] } } },
      { name: 'empty', mountPath: '/c', subPath: '', source: { emptyDir: { medium: '', sizeLimit: 1_048_576 } } },
    ],
    podTemplate: {
      metadata: { creationTimestamp: null, annotations: { empty: '' } },
      spec: {
        hostNetwork: false,
        dnsPolicy: '',
        nodeName: '',
        dnsConfig: { nameservers: [], options: [{ name: 'ndots', value: '2' }] },
        securityContext: { supplementalGroups: [] },
        containers: [
          {
            name: 'node',
            tty: false,
            workingDir: '',
            lifecycle: {},
            livenessProbe: { initialDelaySeconds: 0, timeoutSeconds: 0, successThreshold: 0 },
            env: [
              { name: 'EMPTY', value: '' },
              { name: 'SIZE', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1024Ki' } } },
            ],
            securityContext: { privileged: false, capabilities: { add: [] } },
            ports: [{ containerPort: 3000, hostPort: 0, hostIP: '' }],
          },
        ],
      },
    },
  },
  mcpServers: {
    sidecar: {
      container: {
        image: 'server:1',
        port: 8000,
        command: [],
        env: [{ name: 'EMPTY', value: '' }],
        envFrom: [{ prefix: '', secretRef: { name: 'a' } }],
        readinessProbe: { httpGet: { path: '/', port: 8000, httpHeaders: [] }, initialDelaySeconds: 0 },
        resources: { limits: { cpu: '2000m' }, requests: {} },
        securityContext: {},
      },
    },
  },
  networkPolicy: {
    enabled: true,
    clients: [
      { ipBlock: { cidr: '198.18.0.0/15', except: [] } },
      { namespaceSelector: {}, podSelector: { matchLabels: {} } },
    ],
  },
};
