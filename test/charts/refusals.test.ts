import { expect } from 'chai';
import { chartFile } from '../../charts/chart.ts';
import { needsHelm, refusal, render } from './chart.ts';

/** Values that go together badly, and what the refusal must say: what is wrong, and what would be right. */
const REFUSALS: [values: Record<string, unknown>, problem: RegExp, remedy: RegExp][] = [
  [
    { leaderElection: { enabled: false } },
    /replicas is 2 without leader election/,
    /leaderElection\.enabled=true, or replicas=1/,
  ],
  [{ rbac: { scope: 'namespace' } }, /no namespaces are listed/, /list them in watchNamespaces/],
  [
    { rbac: { scope: 'cluster' }, watchNamespaces: ['team-a', 'team-b'] },
    /only team-a, team-b would be watched/,
    /rbac\.scope=auto, or empty watchNamespaces/,
  ],
  [{ serviceAccount: { create: false } }, /serviceAccount\.create is false/, /set serviceAccount\.name/],
  [{ metrics: { serviceMonitor: { enabled: true }, podMonitor: { enabled: true } } }, /stored twice/, /disable one/],
  [
    { metrics: { prometheusRule: { enabled: true } } },
    /nothing is scraped/,
    /enable metrics\.serviceMonitor or metrics\.podMonitor/,
  ],
  [
    { env: [{ name: 'WATCH_NAMESPACES', value: 'all' }] },
    /env sets WATCH_NAMESPACES, which the chart sets itself/,
    /watchNamespaces/,
  ],
  [{ env: [{ name: 'NODE_OPTIONS', value: '-r x' }] }, /env sets NODE_OPTIONS/, /maxHeapMegabytes=0/],
  [
    {
      env: [
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
      ],
    },
    /env sets A twice/,
    /keep one of them/,
  ],
  [{ env: [{ name: 'A', value: '1', valueFrom: {} }] }, /both value and valueFrom of A/, /keep one of them/],
  [
    { podLabels: { 'app.kubernetes.io/instance': 'other' } },
    /podLabels sets app\.kubernetes\.io\/instance/,
    /choose another name/,
  ],
  [
    { commonLabels: { 'app.kubernetes.io/name': 'other' } },
    /commonLabels sets app\.kubernetes\.io\/name/,
    /choose another name/,
  ],
];

describe('the chart refuses, and names the remedy', () => {
  before(function () {
    needsHelm(this);
  });

  for (const [values, problem, remedy] of REFUSALS) {
    it(JSON.stringify(values), async () => {
      const message = await refusal({ values });
      expect(message).to.match(problem).and.match(remedy);
    });
  }

  it('in every place where a template calls fail', () => {
    const calls = chartFile('templates/_checks.tpl').match(/-?\bfail\b \(?/g);
    // Labels and variables have two examples each.
    expect(calls).to.have.length(REFUSALS.length - 2);
  });

  it('with Helm 3 too', async () => {
    expect(await refusal({ helm: 3, values: { leaderElection: { enabled: false } } })).to.match(/or replicas=1/);
  });

  it('nothing that works: no replicas at all, and one without election', async () => {
    expect(await render({ values: { replicas: 0 } })).to.have.length.greaterThan(5);
    expect(await render({ values: { replicas: 1, leaderElection: { enabled: false } } })).to.have.length.greaterThan(5);
  });
});
