import type { Example } from './example.ts';

const scaled = (autoscaling: object) => ({ nodes: { autoscaling } });
const volume = (fields: object) => ({
  nodes: { volumes: [{ name: 'data', mountPath: '/data', source: { emptyDir: {} }, ...fields }] },
});
const volumes = (name: string, mountPath: string) => ({ name, mountPath, source: { emptyDir: {} } });
const prometheusAddress = 'http://prometheus.monitoring:9090';

export const NODES: Example[] = [
  {
    message: 'min must not be above max',
    accepted: [scaled({ max: 2, cpu: 80 })],
    refused: [scaled({ max: 1, cpu: 80 }), scaled({ min: 5, max: 4, cpu: 80 })],
  },
  {
    message: 'autoscaling needs a measure',
    accepted: [scaled({ max: 4, sessionsPerNode: 100 }), scaled({ max: 4, cpu: 80, sessionsPerNode: 100 })],
    refused: [scaled({ max: 4 })],
  },
  {
    message: 'sessionsPerNode with keda needs',
    accepted: [
      scaled({ provider: 'keda', max: 4, sessionsPerNode: 9, prometheusAddress }),
      scaled({ provider: 'keda', max: 4, cpu: 80 }),
    ],
    refused: [scaled({ provider: 'keda', max: 4, sessionsPerNode: 9 })],
  },
  {
    message: 'the name of a volume has',
    accepted: [volume({ name: 'data-2' })],
    refused: [volume({ name: 'Data' }), { nodePools: [{ name: 'gpu', ...volume({ name: 'a.b' }).nodes }] }],
  },
  {
    message: 'two volumes have the same mountPath',
    accepted: [{ nodes: { volumes: [volumes('a', '/a'), volumes('b', '/b'), volumes('c', '/c')] } }],
    refused: [{ nodes: { volumes: [volumes('a', '/a'), volumes('b', '/a')] } }],
  },
  {
    message: 'volumes called settings, tmp',
    accepted: [volume({ name: 'tmp-data' })],
    refused: [volume({ name: 'settings' }), volume({ name: 'tmp' }), volume({ name: 'tmp-server-github' })],
  },
  {
    message: 'something is mounted at /tmp',
    accepted: [volume({ mountPath: '/tmp/data' }), volume({ mountPath: '/etc/mcphub-data' })],
    refused: [volume({ mountPath: '/tmp' }), volume({ mountPath: '/etc/mcphub/' })],
  },
  {
    message: 'a path must begin with a slash, such as /data',
    accepted: [volume({})],
    refused: [volume({ mountPath: 'data' })],
  },
  {
    message: 'the name of a pool has',
    accepted: [{ nodePools: [{ name: 'gpu-1' }, { name: 'a' }] }],
    refused: [{ nodePools: [{ name: 'GPU' }] }, { nodePools: [{ name: '1gpu' }] }, { nodePools: [{ name: 'gpu-' }] }],
  },
  {
    message: 'the pool called nodes is spec.nodes',
    accepted: [{ nodePools: [{ name: 'nodes2' }] }],
    refused: [{ nodePools: [{ name: 'nodes' }] }],
  },
  {
    message: 'interval must be a duration',
    accepted: [{ monitoring: { interval: '1m30s' } }, { monitoring: { interval: '500ms' } }],
    refused: [
      { monitoring: { interval: '30' } },
      { monitoring: { interval: '1s1m' } },
      { monitoring: { interval: '1 m' } },
    ],
  },
  {
    message: 'metadata.name must have',
    accepted: ['demo', 'a', `a${'b'.repeat(39)}`, 'tools-eu-1'],
    refused: [`a${'b'.repeat(40)}`, '1a', 'a.b', 'a-', 'Demo'],
  },
];
