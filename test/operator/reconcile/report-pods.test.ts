import { expect } from 'chai';
import { report } from '../../../operator/reconcile/report.ts';
import { conditionsOf, input, message, node, pod, UNREADY, view } from './support/report-input.ts';

describe('the status of a cluster', () => {
  const waiting = (reason: string, more: object = {}) => ({
    ...UNREADY,
    containerStatuses: [{ name: 'node', image: 'x:1', state: { waiting: { reason } }, ...more }],
  });
  const troubles: [name: string, status: Record<string, unknown>, says: RegExp, seconds?: number][] = [
    ['an image that cannot be pulled', waiting('ImagePullBackOff'), /image x:1 \(ImagePullBackOff.*correct the image/],
    [
      'a crash',
      waiting('CrashLoopBackOff', { lastState: { terminated: { exitCode: 2 } } }),
      /CrashLoopBackOff.*exit code 2.*kubectl logs --previous/,
    ],
    [
      'too little memory',
      waiting('CrashLoopBackOff', { lastState: { terminated: { reason: 'OOMKilled' } } }),
      /OOMKilled.*raise its resources.limits.memory/,
    ],
    [
      'no room',
      { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }] },
      /cannot be scheduled \(Unschedulable\): 0\/3 nodes.*lower resources/,
    ],
    ['an eviction', { ...UNREADY, phase: 'Failed', reason: 'Evicted' }, /has failed \(Evicted\)/],
    ['a long silence', UNREADY, /n-2 is not ready/],
  ];
  for (const [name, podStatus, says, seconds] of troubles) {
    it(`says of a Pod that is not ready because of ${name} what to do`, () => {
      const pods = [pod('c-1', 'coordinator'), pod('n-1', 'node'), pod('n-2', 'node', podStatus, seconds)];
      const status = report(input({ pods, view: view(node('n-1')) }));
      expect(conditionsOf(status)).to.include({ Degraded: 'True PodsUnavailable', Ready: 'True Ready' });
      expect(message(status, 'Degraded')).to.match(says);
    });
  }

  it('does not worry about a Pod that has just been made', () => {
    const pods = [pod('c-1', 'coordinator'), pod('n-1', 'node'), pod('n-2', 'node', UNREADY, 5)];
    const status = report(input({ pods, view: view(node('n-1')) }));
    expect(conditionsOf(status)).to.include({ Degraded: 'False Healthy', Progressing: 'True Scaling' });
  });
});
