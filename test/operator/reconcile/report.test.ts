import { expect } from 'chai';
import type { McpHubClusterSpec, McpHubClusterStatus } from '../../../operator/api/types.ts';
import type { ReportInput } from '../../../operator/reconcile/report/facts.ts';
import { report } from '../../../operator/reconcile/report.ts';
import { conditionsOf, deployment, everywhere, input, message, NOW, node, pod, view } from './support/report-input.ts';

describe('the status of a cluster', () => {
  it('in which all is well says so, with counts, address and servers', () => {
    const status = report(input());
    expect(conditionsOf(status)).to.eql({
      Ready: 'True Ready',
      Available: 'True Serving',
      Progressing: 'False Complete',
      Degraded: 'False Healthy',
      ConfigValid: 'True Valid',
      Verified: 'True HandshakeSucceeded',
    });
    expect(status.conditions?.map(({ observedGeneration }) => observedGeneration)).to.eql([4, 4, 4, 4, 4, 4]);
    expect(status).to.deep.include({
      observedGeneration: 4,
      url: 'http://demo.apps.svc.cluster.local/mcp',
      coordinators: { replicas: 1, ready: 1 },
      nodes: { replicas: 2, ready: 2, active: 2 },
      summary: { nodes: '2/2', servers: '1/1' },
      sessions: 4,
      selector: 'a=demo,b=nodes',
      replicas: 2,
      servers: [{ name: 'echo', replicas: 2, status: 'connected', protocol: '2025-11-25', version: '1', tools: 3 }],
    });
    expect(status.pools).to.eql([{ name: 'nodes', replicas: 2, ready: 2, active: 2, sessions: 4 }]);
  });

  it('is the same again from itself, however much time passes: else an idle operator would write', () => {
    const first = report(input());
    expect(report(input({ now: NOW + 3_600_000 }, {}, first))).to.eql(first);
  });

  it('keeps the time of a transition until the next one', () => {
    const first = report(input());
    const later = report(input({ now: NOW + 60_000, view: view() }, {}, first));
    const time = (status: McpHubClusterStatus, type: string) =>
      status.conditions?.find((condition) => condition.type === type)?.lastTransitionTime;
    expect(time(later, 'Available')).to.equal('2026-08-01T12:01:00Z');
    expect(time(later, 'ConfigValid')).to.equal('2026-08-01T12:00:00Z');
  });

  const missing = { kind: 'Secret' as const, name: 'keys' };
  const cases: [
    name: string,
    changed: [Partial<ReportInput>, McpHubClusterSpec?],
    conditions: Record<string, string>,
  ][] = [
    [
      'whose Secret is missing',
      [{ problems: [{ path: 'spec.x', message: 'no', missing }] }],
      { ConfigValid: 'False MissingReference', Ready: 'False NotReady' },
    ],
    [
      'with a wrong field beside a missing Secret',
      [
        {
          problems: [
            { path: 'spec.x', message: 'no', missing },
            { path: 'spec.y', message: 'wrong' },
          ],
        },
      ],
      { ConfigValid: 'False InvalidSpec' },
    ],
    [
      'whose coordinator refuses the newest settings',
      [{ view: { coordinators: [{ pod: 'c-1', settingsProblem: 'mcpServers.x' }], nodes: [node('n-1')] } }],
      { ConfigValid: 'False InvalidSpec' },
    ],
    [
      'without a coordinator that is ready',
      [{ deployments: [deployment('coordinator', 1, { readyReplicas: 0 }), deployment('nodes', 2)] }],
      { Available: 'False NoCoordinator', Ready: 'False NotReady', Verified: 'Unknown NotYetVerified' },
    ],
    ['without a node', [{ view: view() }], { Available: 'False NoNode', Ready: 'False NotReady' }],
    [
      'that was scaled to zero',
      [
        {
          view: view(),
          pods: [pod('c-1', 'coordinator')],
          deployments: [deployment('coordinator', 1), deployment('nodes', 0)],
        },
      ],
      { Available: 'False ScaledToZero' },
    ],
    [
      'whose coordinators do not answer',
      [{ view: { coordinators: [{ pod: 'c-1', problem: 'refuses' }], nodes: [] } }],
      { Available: 'Unknown Unobserved', Degraded: 'Unknown Unobserved', Ready: 'False NotReady' },
    ],
    [
      'with a server that is up nowhere',
      [{ view: everywhere({ status: 'failed', reason: 'no such command' }) }],
      { Degraded: 'True ServersFailed', Ready: 'False NotReady', Available: 'True Serving' },
    ],
    [
      'with a server that starts on demand',
      [{ view: everywhere({ status: 'idle' }) }],
      { Ready: 'True Ready', Degraded: 'False Healthy' },
    ],
    [
      'with a disabled server',
      [{ view: view(node('n-1', { servers: {} })) }, { mcpServers: { echo: { enabled: false } } }],
      { Ready: 'True Ready' },
    ],
    [
      'that rolls out',
      [{ deployments: [deployment('coordinator', 1), deployment('nodes', 2, { updatedReplicas: 1 })] }],
      { Progressing: 'True RollingOut', Ready: 'True Ready' },
    ],
    [
      'whose Deployment the controller has not seen yet',
      [{ deployments: [deployment('coordinator', 1, { observedGeneration: 0 }), deployment('nodes', 2)] }],
      { Progressing: 'True RollingOut' },
    ],
    [
      'that gets more Pods',
      [{ deployments: [deployment('coordinator', 1), deployment('nodes', 3, { replicas: 2, updatedReplicas: 2 })] }],
      { Progressing: 'True Scaling' },
    ],
    [
      'whose rollout stands still',
      [
        {
          deployments: [
            deployment('coordinator', 1),
            deployment('nodes', 2, {
              conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
            }),
          ],
        },
      ],
      { Progressing: 'False Stalled' },
    ],
    [
      'whose Pods may not be made',
      [
        {
          deployments: [
            deployment('coordinator', 1),
            deployment('nodes', 2, {
              conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }],
            }),
          ],
        },
      ],
      { Degraded: 'True Refused' },
    ],
    [
      'whose Pods take new settings up',
      [{ behind: ['n-1'] }],
      { Progressing: 'True Reconciling', Ready: 'True Ready' },
    ],
    [
      'with a foreign object',
      [{ troubles: [{ reason: 'InvalidOwnership', message: 'x' }] }],
      { Degraded: 'True InvalidOwnership' },
    ],
    [
      'with a node that is ready and that nobody knows',
      [{ view: view(node('n-1')) }],
      { Degraded: 'True NodesNotJoined', Ready: 'True Ready' },
    ],
    [
      'with a node that has just become ready',
      [{ view: view(node('n-1')), pods: [pod('c-1', 'coordinator'), pod('n-1', 'node'), pod('n-2', 'node', {}, 5)] }],
      { Degraded: 'False Healthy' },
    ],
    [
      'that is paused',
      [{ problems: undefined }, { paused: true }],
      { Ready: 'Unknown Paused', Progressing: 'False Paused' },
    ],
    [
      'whose Service does not answer',
      [{ handshake: { ok: false, answered: false, problem: 'timeout', generation: 4 } }],
      { Verified: 'False NotReachable' },
    ],
    [
      'whose Service answers nonsense',
      [{ handshake: { ok: false, answered: true, problem: 'not JSON', generation: 4 } }],
      { Verified: 'False HandshakeFailed' },
    ],
    ['that is not to be verified', [{ handshake: 'disabled' }], { Verified: 'Unknown VerificationDisabled' }],
    ['that nobody has verified yet', [{ handshake: undefined }], { Verified: 'Unknown NotYetVerified' }],
  ];
  for (const [name, [changed, spec], conditions] of cases) {
    it(`${name} has ${Object.values(conditions).join(', ')}`, () => {
      const status = report(input(changed, spec));
      expect(conditionsOf(status)).to.include(conditions);
      for (const type of Object.keys(conditions)) expect(message(status, type), type).to.match(/^\S.*[.]$/s);
    });
  }

  it('keeps what a handshake found while the next one runs', () => {
    const first = report(input());
    const status = report(input({ handshake: undefined }, {}, first));
    expect(conditionsOf(status).Verified).to.equal('True HandshakeSucceeded');
  });

  it('counts nodes that are Pods: one that drains or whose Pod is gone is not active', () => {
    const status = report(input({ view: view(node('n-1'), node('n-2', { draining: true }), node('gone')) }));
    expect(status.nodes?.active).to.equal(1);
    expect(status.sessions).to.equal(4);
    expect(status.summary?.nodes).to.equal('1/2');
  });

  it('says what is likely not meant in a spec that is in use', () => {
    const warnings = [{ path: 'spec.mcpServers.a.evn', message: 'did you mean "env"?' }];
    const status = report(input({ warnings }));
    expect(conditionsOf(status).ConfigValid).to.equal('True Valid');
    expect(message(status, 'ConfigValid')).to.include('Likely not meant: spec.mcpServers.a.evn: did you mean "env"?');
  });

  it('names many problems without end in a few', () => {
    const problems = Array.from({ length: 50 }, (_, i) => ({ path: `spec.${i}`, message: 'wrong' }));
    expect(message(report(input({ problems })), 'ConfigValid'))
      .to.include('spec.9: wrong')
      .and.include('(40 more)');
  });
});
