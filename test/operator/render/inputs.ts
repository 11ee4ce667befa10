// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the settings write variables like this
import type { McpHubClusterSpec } from '../../../operator/api/types.ts';
import type { RenderInput } from '../../../operator/render/input.ts';

/** The example of the documentation, as the API server hands it out: with the defaults of the schema. */
export const MINIMAL: McpHubClusterSpec = {
  paused: false,
  coordinator: {
    replicas: 2,
    service: { type: 'LoadBalancer', port: 80 },
    nodeTimeout: 15_000,
    cleanupInterval: 30_000,
    drainTimeout: 30_000,
  },
  nodes: { replicas: 3, drainTimeout: 30_000 },
  mcpServers: { everything: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-everything'] } },
};

export const SECRETS: Record<string, Record<string, string>> = {
  github: { GITHUB_TOKEN: 'ghp_very-secret-1\n', GITHUB_ORG: 'very-secret-org' },
  search: { key: 'very-secret-2', unused: 'very-secret-3' },
  keys: { ci: 'very-secret-4', team: 'very-secret-5' },
  settings: {
    'mcp_settings.json': JSON.stringify({
      mcpServers: { old: { url: 'http://old/mcp', headers: { Authorization: 'Bearer very-secret-6' } } },
      systemConfig: { routing: { bearerAuthKey: 'very-secret-7' } },
    }),
  },
};

export const CONFIG_MAPS: Record<string, Record<string, string>> = {
  search: { SEARCH_REGION: 'eu', search_timeout: '5' },
  settings: {
    'hub.json': JSON.stringify({
      mcpServers: {
        memory: { command: 'npx', args: ['-y', 'old-memory'], env: { A: 'document', B: 'document' } },
        remote: { type: 'streamable-http', url: 'http://remote/mcp', description: 'from the document' },
      },
      groups: [
        { id: 'one', name: 'work', servers: ['memory'] },
        { name: 'document', servers: ['remote'] },
      ],
      systemConfig: {
        nameSeparator: '_',
        cluster: { catalogGrace: 1000, token: 'another cluster', mode: 'standalone' },
      },
    }),
  },
};

/** Every field that needs thought, at once. */
export const FULL: McpHubClusterSpec = {
  image: {
    coordinator: 'registry/hub:1',
    node: 'registry/node:1',
    pullPolicy: 'Always',
    pullSecrets: [{ name: 'pull' }],
  },
  coordinator: {
    replicas: 3,
    service: {
      type: 'LoadBalancer',
      port: 8080,
      nodePort: 31_000,
      annotations: { 'example.com/lb': 'internal' },
      labels: { team: 'a' },
      loadBalancerClass: 'example.com/lb',
      loadBalancerSourceRanges: ['198.18.0.0/15'],
      externalTrafficPolicy: 'Local',
    },
    ingress: {
      host: 'mcp.example.com',
      className: 'nginx',
      path: '/team',
      tlsSecretName: 'tls',
      annotations: { a: 'b' },
    },
    nodeTimeout: 9000,
    cleanupInterval: 20_000,
    drainTimeout: 60_500,
    resources: { requests: { cpu: 0.5, memory: '1024Mi' }, limits: { memory: '1.5Gi' } },
    scheduling: {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'a', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      topologySpreadConstraints: [{ maxSkew: 2, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
      priorityClassName: 'high',
      runtimeClassName: 'gvisor',
    },
    podLabels: { team: 'a', 'mcphub.io/cluster': 'stolen' },
    podAnnotations: { note: 'b' },
    podTemplate: { spec: { containers: [{ name: 'coordinator', env: [{ name: 'LOG_LEVEL', value: 'debug' }] }] } },
  },
  stickySession: { strategy: 'cookie', cookieName: 'HUB', headerName: 'X-Hub', timeout: 60_000 },
  nodes: {
    autoscaling: { provider: 'hpa', min: 2, max: 9, cpu: 70, sessionsPerNode: 1000 },
    drainTimeout: 45_000,
    resources: { requests: { cpu: '0.25' }, limits: { memory: '1000m' } },
    volumes: [
      {
        name: 'data',
        mountPath: '/data',
        subPath: 'a',
        readOnly: false,
        source: { persistentVolumeClaim: { claimName: 'data' } },
      },
    ],
  },
  nodePools: [{ name: 'gpu', replicas: 1, servers: ['vision'], drainTimeout: 30_000 }],
  mcpServers: {
    github: {
      command: 'npx',
      args: ['github', '--org=${GITHUB_ORG}', '$GITHUB_ORG', '${OTHER}'],
      env: { MODE: 'fast', GH: 'x-${GITHUB_TOKEN}' },
      envFrom: [{ secretRef: { name: 'github' } }, { prefix: 'S_', configMapRef: { name: 'search' } }],
      perSessionClient: true,
      failover: 'reset',
    },
    search: {
      type: 'streamable-http',
      url: 'https://search.example/mcp?region=${SEARCH_REGION}',
      headers: { Accept: 'x' },
      envFrom: [{ configMapRef: { name: 'search' } }],
      headersFrom: [{ name: 'Authorization', prefix: 'Bearer ', secretKeyRef: { name: 'search', key: 'key' } }],
    },
    vision: {
      container: {
        image: 'registry/vision:1',
        port: 8000,
        path: '/v1/mcp',
        args: ['--port=8000'],
        env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'search', key: 'key' } } }],
        envFrom: [{ secretRef: { name: 'github' } }],
        resources: { limits: { cpu: 2, 'nvidia.com/gpu': 1 } },
        readinessProbe: { tcpSocket: { port: 8000 }, initialDelaySeconds: 0 },
        securityContext: { runAsUser: 2000 },
      },
      pools: ['nodes'],
      tools: { look: { enabled: false } },
    },
  },
  groups: [{ name: 'work', servers: ['github', { name: 'search', tools: ['find'] }] }],
  auth: {
    bearerKeys: [
      { name: 'ci', secretKeyRef: { name: 'keys', key: 'ci' }, enabled: true, accessType: 'all' },
      { name: 'team', secretKeyRef: { name: 'keys', key: 'team' }, accessType: 'groups', allowedGroups: ['work'] },
    ],
  },
  monitoring: {
    scrape: 'service-monitor',
    interval: '15s',
    labels: { release: 'prometheus' },
    rules: true,
    dashboard: true,
    dashboardLabels: { grafana_dashboard: '1' },
  },
  networkPolicy: {
    enabled: true,
    clients: [{ namespaceSelector: { matchLabels: { team: 'a' } } }, { podSelector: {} }],
    monitoring: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
  },
};

/** A spec for each feature, as small as it gets. */
export const FEATURES: Record<string, McpHubClusterSpec> = {
  minimal: MINIMAL,
  full: FULL,
  pools: {
    nodePools: [{ name: 'gpu', replicas: 0, servers: ['b'] }],
    mcpServers: { a: { command: 'a' }, b: { command: 'b' }, c: { command: 'c', pools: ['nodes', 'gpu'] } },
  },
  container: { mcpServers: { 'My.Server': { container: { image: 'server:1', port: 8000 }, headers: { A: 'b' } } } },
  'autoscaling-hpa': { nodes: { autoscaling: { min: 1, max: 5, cpu: 80 } } },
  'autoscaling-keda': {
    nodes: {
      autoscaling: {
        provider: 'keda',
        max: 5,
        cpu: 60,
        sessionsPerNode: 500,
        prometheusAddress: 'http://prometheus:9090',
      },
    },
  },
  ingress: { coordinator: { ingress: { host: 'mcp.example.com' } } },
  'http-route': {
    coordinator: { httpRoute: { parentRefs: [{ name: 'gateway' }], hostnames: ['mcp.example.com'], path: '/hub/' } },
  },
  'monitoring-pods': { monitoring: { scrape: 'pod-monitor', rules: true, dashboard: true } },
  'network-policy': { networkPolicy: { enabled: true } },
  'settings-from-config-map': {
    settingsFrom: { configMapKeyRef: { name: 'settings', key: 'hub.json' } },
    mcpServers: { memory: { command: 'uvx', env: { B: 'spec' } } },
    groups: [{ name: 'work', servers: ['remote'] }],
  },
  'settings-from-secret': { settingsFrom: { secretKeyRef: { name: 'settings' } }, mcpServers: { a: { command: 'a' } } },
  'bearer-keys': { auth: { bearerKeys: [{ name: 'ci', secretKeyRef: { name: 'keys', key: 'ci' } }] } },
  'pod-template': {
    nodes: {
      podTemplate: {
        metadata: { labels: { extra: 'yes', 'mcphub.io/cluster': null } },
        spec: {
          hostNetwork: false,
          tolerations: [{ operator: 'Exists' }],
          containers: [
            {
              name: 'node',
              env: [{ name: 'MCPHUB_NODE_URL', $patch: 'delete' }],
              resources: { limits: { memory: '2048Mi' } },
            },
            { name: 'proxy', image: 'proxy:1' },
          ],
          volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '1024Mi' } }],
        },
      },
    },
  },
};

/** Input of render with all that a spec of this file refers to. */
export function inputOf(spec: McpHubClusterSpec, over: { name?: string } & Partial<RenderInput> = {}): RenderInput {
  const { name = 'demo', ...others } = over;
  return {
    cluster: {
      apiVersion: 'mcphub.io/v1alpha1',
      kind: 'McpHubCluster',
      metadata: { name, namespace: 'team', uid: '1-2-3' },
      spec,
    },
    references: { secrets: SECRETS, configMaps: CONFIG_MAPS },
    credentials: { tokens: ['very-secret-token', 'very-secret-old'], secrets: ['very-secret-signer'] },
    defaults: {
      coordinatorImage: 'mcphub-coordinator:1.0.0',
      nodeImage: 'mcphub-node:1.0.0',
      clusterDomain: 'cluster.local',
      operator: { namespace: 'mcphub-system', labels: { 'app.kubernetes.io/name': 'mcphub-operator' } },
    },
    ...others,
  };
}
