import { expect } from 'chai';
import { Registry } from 'prom-client';
import type { Reconcile } from '../../../operator/kube/contract.ts';
import { createController } from '../../../operator/kube/controller.ts';
import { KubeError, TerminalError } from '../../../operator/kube/errors.ts';
import { createControllerMetrics } from '../../../operator/kube/metrics.ts';
import { createFakeClock } from './fake-clock.ts';
import { createQuietLog } from './quiet-log.ts';

describe('the controller', () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  function setup(reconcile: Reconcile, more: { workers?: number; timeoutMs?: number; drainMs?: number } = {}) {
    const clock = createFakeClock();
    const log = createQuietLog();
    const registry = new Registry();
    const metrics = createControllerMetrics(registry)('widgets');
    const controller = createController({ name: 'widgets', reconcile, log, metrics, clock, random: () => 0, ...more });
    const stop = new AbortController();
    const running = controller.run(stop.signal);
    ends.push(async () => {
      stop.abort();
      await clock.advance(20_000);
      await running;
    });
    const metric = async (name: string, labels: Record<string, string> = {}) => {
      const { values } = (await registry.getSingleMetric(name)?.get()) ?? { values: [] };
      return values.find((value) => Object.entries(labels).every(([label, is]) => value.labels[label] === is))?.value;
    };
    const result = (name: string) => metric('controller_runtime_reconcile_total', { result: name });
    return { clock, log, controller, stop, running, metric, result };
  }

  /** Fails with each of these in turn, then succeeds. */
  function failing(...errors: unknown[]) {
    const at: number[] = [];
    let clock: { monotonic(): number } | undefined;
    const reconcile: Reconcile = async () => {
      at.push(clock?.monotonic() ?? 0);
      if (errors.length > 0) throw errors.shift();
      return {};
    };
    return { at, reconcile, use: (given: { monotonic(): number }) => (clock = given) };
  }

  it('tries a failure again with growing delays, and counts it', async () => {
    const { at, reconcile, use } = failing(new Error('one'), new Error('two'), new Error('three'));
    const { clock, controller, metric, result, log } = setup(reconcile);
    use(clock);
    controller.queue.add('one/a');
    await clock.advance(1000);
    expect(at).to.eql([0, 5, 15, 35]);
    expect([await result('error'), await result('success')]).to.eql([3, 1]);
    expect(await metric('controller_runtime_reconcile_errors_total')).to.equal(3);
    expect(await metric('workqueue_retries_total', { name: 'widgets' })).to.equal(3);
    expect(await metric('workqueue_adds_total', { name: 'widgets' })).to.equal(4);
    expect(log.of('error')).to.have.length(3);
  });

  it('comes back when it was asked to, without counting that as a failure', async () => {
    let calls = 0;
    const { clock, controller, result } = setup(async () => {
      calls++;
      return { requeueAfter: 30_000 };
    });
    controller.queue.add('one/a');
    await clock.advance(29_999);
    expect(calls).to.equal(1);
    await clock.advance(1);
    expect(calls).to.equal(2);
    expect([await result('requeue_after'), await result('error')]).to.eql([2, 0]);
  });

  it('forgets the failures of a key that succeeded', async () => {
    const fail = () => new Error('again');
    const at: number[] = [];
    const results = [fail(), fail(), undefined, fail(), undefined];
    const { clock, controller } = setup(async () => {
      at.push(clock.monotonic());
      const error = results.shift();
      if (error !== undefined) throw error;
      return {};
    });
    controller.queue.add('one/a');
    await clock.advance(1000);
    controller.queue.add('one/a');
    await clock.advance(1000);
    expect(at).to.eql([0, 5, 15, 1000, 1005]);
  });

  it('gives up what cannot be helped until the object changes', async () => {
    const { at, reconcile } = failing(new TerminalError('invalid'));
    const { clock, controller, metric } = setup(reconcile);
    controller.queue.add('one/a');
    await clock.advance(1_000_000);
    expect(at).to.have.length(1);
    expect(await metric('controller_runtime_terminal_reconcile_errors_total')).to.equal(1);
    controller.queue.add('one/a');
    await clock.advance(0);
    expect(at).to.have.length(2);
  });

  it('tries a conflict again without an error in log or metrics', async () => {
    const { at, reconcile } = failing(new KubeError('stale', { status: 409, reason: 'Conflict' }));
    const { clock, controller, metric, result, log } = setup(reconcile);
    controller.queue.add('one/a');
    await clock.advance(10);
    expect(at).to.have.length(2);
    expect([log.of('error'), log.of('warn')]).to.eql([[], []]);
    expect([await metric('controller_runtime_reconcile_errors_total'), await result('requeue')]).to.eql([0, 1]);
  });

  it('waits as long as a busy API server asks', async () => {
    const { at, reconcile, use } = failing(
      new KubeError('busy', { status: 429, reason: 'TooManyRequests', retryAfter: 9000 }),
    );
    const { clock, controller } = setup(reconcile);
    use(clock);
    controller.queue.add('one/a');
    await clock.advance(60_000);
    expect(at).to.eql([0, 9000]);
  });

  it('ends a reconcile that takes too long, and counts it', async () => {
    const { clock, controller, metric } = setup(
      (_key, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
      { timeoutMs: 5000 },
    );
    controller.queue.add('one/a');
    await clock.advance(4999);
    expect(await metric('controller_runtime_active_workers', { controller: 'widgets' })).to.equal(1);
    expect(await metric('controller_runtime_reconcile_timeouts_total')).to.equal(0);
    await clock.advance(1);
    expect(await metric('controller_runtime_reconcile_timeouts_total')).to.equal(1);
  });

  it('counts defects of the program apart, and survives them, also one that throws at once', async () => {
    let calls = 0;
    const { clock, controller, metric } = setup(() => {
      calls++;
      if (calls === 1) throw new TypeError('undefined is not a function');
      return Promise.reject(new Error('ordinary'));
    });
    controller.queue.add('one/a');
    await clock.advance(6);
    expect(calls).to.equal(2);
    expect(await metric('controller_runtime_reconcile_panics_total')).to.equal(1);
    expect(await metric('controller_runtime_reconcile_errors_total')).to.equal(2);
  });

  it('works on several keys at a time, but never on one key twice', async () => {
    const active: string[] = [];
    let most = 0;
    const ended: (() => void)[] = [];
    const { clock, controller } = setup(
      async (key) => {
        expect(active).to.not.include(key);
        active.push(key);
        most = Math.max(most, active.length);
        await new Promise<void>((resolve) => ended.push(resolve));
        active.splice(active.indexOf(key), 1);
        return {};
      },
      { workers: 3 },
    );
    const keys = ['a', 'b', 'c', 'd', 'a', 'b'];
    for (let round = 0; round < 3; round++) {
      for (const key of keys) controller.queue.add(key);
      await clock.advance(1);
      ended.splice(0).forEach((end) => void end());
      await clock.advance(1);
      ended.splice(0).forEach((end) => void end());
    }
    await clock.advance(1000);
    ended.splice(0).forEach((end) => void end());
    expect(most).to.equal(3);
  });

  it('names key and reconcile in each line of the log, also in those of the reconcile itself', async () => {
    const { clock, controller, log } = setup(async (_key, _signal, own) => {
      own?.info({ step: 1 }, 'mine');
      throw new Error('mine too');
    });
    controller.queue.add('one/a');
    await clock.advance(1);
    const [first, second] = log.lines;
    expect(first?.fields).to.include({ controller: 'widgets', key: 'one/a', step: 1 });
    expect(first?.fields.reconcileId).to.match(/^[0-9a-f-]{36}$/);
    expect(second?.fields.reconcileId).to.equal(first?.fields.reconcileId);
  });

  it('shows all label sets from the start: a counter that appears late has no rate', async () => {
    const { result, metric } = setup(async () => ({}));
    expect(await Promise.all(['success', 'error', 'requeue', 'requeue_after'].map(result))).to.eql([0, 0, 0, 0]);
    expect(await metric('controller_runtime_max_concurrent_reconciles')).to.equal(4);
    expect(await metric('workqueue_depth')).to.equal(0);
    expect(await metric('workqueue_retries_total')).to.equal(0);
    expect(await metric('controller_runtime_reconcile_time_seconds', {})).to.equal(0);
  });

  it('lets a running reconcile finish at the end, but not for ever', async () => {
    let aborted = false;
    const { clock, controller, stop, running } = setup(
      (_key, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            resolve({});
          });
        }),
      { drainMs: 3000 },
    );
    controller.queue.add('a');
    controller.queue.add('b');
    await clock.advance(1);
    stop.abort();
    await clock.advance(2999);
    expect(aborted).to.equal(false);
    await clock.advance(1);
    expect(aborted).to.equal(true);
    await running;
    expect(clock.pending).to.eql([]);
  });
});
