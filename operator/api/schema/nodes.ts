import { DEFAULT_POOL } from '../names.ts';
import { absolutePath } from './exposure.ts';
import { choice, embedded, flag, list, object, type Rule, type Shape, text, whole } from './field.ts';
import { PODS } from './pods.ts';
import { drainTimeout } from './time.ts';

const labelRule = (what: string, example: string): Rule => ({
  rule: "self.matches('^[a-z]([a-z0-9-]*[a-z0-9])?$')",
  message: `the name of a ${what} has small letters, digits and hyphens and begins with a letter, such as ${example}`,
});

const AUTOSCALING: Shape = {
  name: 'AutoscalingSpec',
  description: 'How many nodes there are follows from their load.',
  fields: {
    provider: choice(
      '`hpa` is the HorizontalPodAutoscaler of Kubernetes; `keda` makes a ScaledObject, whose CRDs must be installed.',
      ['hpa', 'keda'],
      { default: 'hpa' },
    ),
    min: whole('Fewest nodes.', { minimum: 1, maximum: 1000, default: 2 }),
    max: whole('Most nodes.', { required: true, minimum: 1, maximum: 1000 }),
    cpu: whole(
      'Mean CPU use of the Pods that is aimed at, in per cent of their requests. Needs `resources.requests.cpu` and metrics-server.',
      { minimum: 1, maximum: 1000 },
    ),
    sessionsPerNode: whole(
      'Mean number of sessions on a node that is aimed at. With `hpa` it needs a metrics adapter that serves `mcphub_node_sessions` of Pods; with `keda` it needs `prometheusAddress`.',
      { minimum: 1, maximum: 1_000_000 },
    ),
    prometheusAddress: text('Address of Prometheus for KEDA, such as `http://prometheus.monitoring:9090`.', {
      minLength: 1,
      maxLength: 1024,
    }),
  },
  rules: [
    { rule: 'self.min <= self.max', message: 'min must not be above max; raise max, or lower min (2 if it is absent)' },
    {
      rule: 'has(self.cpu) || has(self.sessionsPerNode)',
      message: 'autoscaling needs a measure: write cpu, sessionsPerNode or both',
    },
    {
      rule: "self.provider != 'keda' || !has(self.sessionsPerNode) || has(self.prometheusAddress)",
      message: 'sessionsPerNode with keda needs prometheusAddress, such as http://prometheus.monitoring:9090',
    },
  ],
};

const VOLUME: Shape = {
  name: 'VolumeSpec',
  description: 'A volume of a Pod, and where it is mounted.',
  fields: {
    name: text('Name of the volume, unique in its list: a DNS label.', {
      required: true,
      minLength: 1,
      maxLength: 63,
      rules: [
        labelRule('volume', 'data'),
        {
          rule: "!(self in ['settings', 'tmp']) && !self.startsWith('tmp-server-')",
          message:
            'volumes called settings, tmp and tmp-server-... are those of the operator; choose another name, such as data',
        },
      ],
    }),
    mountPath: text('Where the container of the node mounts it.', {
      required: true,
      minLength: 1,
      maxLength: 1024,
      rules: [
        absolutePath('/data'),
        {
          rule: "!self.matches('^/(tmp|etc/mcphub)/*$')",
          message: 'something is mounted at /tmp and /etc/mcphub already; choose another path, such as /data',
        },
      ],
    }),
    subPath: text('Path within the volume that is mounted instead of its root.', { minLength: 1, maxLength: 1024 }),
    readOnly: flag('Whether it is mounted so that it can only be read. Absent: false.'),
    source: embedded(
      'A volume source of Kubernetes under its key, such as `{ "persistentVolumeClaim": { "claimName": "data" } }`.',
      { required: true, minProperties: 1, maxProperties: 1 },
    ),
  },
};

export const NODES: Shape = {
  name: 'NodesSpec',
  description: 'A pool of nodes: Pods that host MCP servers.',
  base: PODS,
  fields: {
    replicas: whole(
      'Number of nodes. `kubectl scale` changes that of `spec.nodes`. It is left alone while `autoscaling` is set.',
      { minimum: 0, maximum: 1000, default: 2 },
    ),
    autoscaling: object('Lets the number of nodes follow their load. Absent: `replicas` says it.', AUTOSCALING),
    drainTimeout: drainTimeout('How long a stopping node lets calls finish and hands its sessions over.'),
    volumes: list(
      'Volumes of the Pods, and where the container of the node mounts them.',
      object('A volume and its mount.', VOLUME),
      {
        maxItems: 32,
        merge: { keys: ['name'] },
        rules: [
          {
            rule: 'self.all(one, self.exists_one(other, other.mountPath == one.mountPath))',
            message: 'two volumes have the same mountPath; give each its own',
          },
        ],
      },
    ),
  },
};

const POOL: Shape = {
  name: 'NodePoolSpec',
  description: 'A further pool of nodes with its own size, resources and place.',
  base: NODES,
  fields: {
    name: text(`Name of the pool, unique: a DNS label of at most 16 characters, not \`${DEFAULT_POOL}\`.`, {
      required: true,
      minLength: 1,
      maxLength: 16,
      rules: [
        labelRule('pool', 'gpu'),
        {
          rule: `self != '${DEFAULT_POOL}'`,
          message: `the pool called ${DEFAULT_POOL} is spec.nodes; choose another name, or move the fields there`,
        },
      ],
    }),
    servers: list(
      'Servers that this pool hosts, beside those whose own `pools` names it.',
      text('Name of a server.', { minLength: 1, maxLength: 128 }),
      { maxItems: 256, merge: 'set' },
    ),
  },
};

export const nodePools = list(
  'Further pools of nodes, by name, for servers that need other resources, volumes or Kubernetes nodes.',
  object('A pool of nodes.', POOL),
  { maxItems: 16, merge: { keys: ['name'] } },
);
