import { expect } from 'chai';
import { createElection, type Election, type ElectionOptions } from '../../../operator/kube/election.ts';
import { KubeError } from '../../../operator/kube/errors.ts';
import { LEASES, type LeaseObject } from '../../../operator/kube/lease.ts';
import { microTime } from '../../../operator/kube/microtime.ts';
import { createFakeClock } from './fake-clock.ts';
import { createMemoryClient } from './memory-client.ts';
import { createModel } from './model.ts';
import { createQuietLog } from './quiet-log.ts';

describe('the election of a leader', () => {
  const setup = () => {
    const clock = createFakeClock();
    const model = createModel(LEASES);
    const clients: Record<string, ReturnType<typeof createMemoryClient>> = {};
    const join = (identity: string, more: Partial<ElectionOptions> = {}) => {
      const client = createMemoryClient(model);
      clients[identity] = client;
      const log = createQuietLog();
      return createElection({ client, namespace: 'ops', name: 'lock', identity, log, clock, random: () => 0, ...more });
    };
    const lease = () => model.get('ops', 'lock') as LeaseObject | undefined;
    return { clock, model, clients, join, lease };
  };
  const never = new AbortController().signal;
  const isLost = async (election: Election) => {
    let lost = false;
    void election.lost.then(() => {
      lost = true;
    });
    await Promise.resolve();
    await Promise.resolve();
    return lost;
  };

  it('writes a Lease as an API server takes it: times with exactly six fractional digits', async () => {
    const { clock, join, lease } = setup();
    const one = join('one');
    await one.acquire(never);
    expect(lease()?.spec).to.eql({
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    await clock.advance(2000);
    expect(lease()?.spec?.renewTime).to.equal('2026-01-01T00:00:02.000000Z');
    expect(microTime(1_767_225_600_123)).to.equal('2026-01-01T00:00:00.123000Z');
    await one.release();
    expect(clock.pending).to.eql([]);
  });

  it('never has two leaders, and lets the next lead at once when the first one leaves', async () => {
    const { clock, join, lease } = setup();
    const [one, two] = [join('one'), join('two')];
    await one.acquire(never);
    void two.acquire(never);
    for (let second = 0; second < 120; second++) {
      await clock.advance(1000);
      expect([one.leads, two.leads]).to.eql([true, false]);
    }
    await one.release();
    expect(one.leads).to.equal(false);
    expect(lease()?.spec).to.include({ holderIdentity: '', leaseDurationSeconds: 1 });
    await clock.advance(2000);
    expect(two.leads).to.equal(true);
    expect(lease()?.spec).to.include({ holderIdentity: 'two', leaseTransitions: 1 });
    await two.release();
  });

  it('takes over from a leader that died, 15 s after its last sign of life before our eyes', async () => {
    const { clock, join, model } = setup();
    const spec = { holderIdentity: 'dead', leaseDurationSeconds: 15, renewTime: '2099-01-01T00:00:00.000000Z' };
    model.put('ops', 'lock', { spec });
    const two = join('two');
    void two.acquire(never);
    await clock.advance(14_999);
    expect(two.leads).to.equal(false);
    await clock.advance(2001);
    expect(two.leads).to.equal(true);
    await two.release();
  });

  it('does not believe a remote clock that is behind: a living leader keeps the lead', async () => {
    const { clock, join, model } = setup();
    const two = join('two');
    void two.acquire(never);
    await two.release();
    const three = join('three');
    const renew = (second: number) =>
      model.put('ops', 'lock', {
        spec: {
          holderIdentity: 'slow',
          leaseDurationSeconds: 15,
          renewTime: microTime(Date.UTC(2001, 0, 1, 0, 0, second)),
        },
      });
    renew(0);
    void three.acquire(never);
    for (let second = 0; second < 60; second += 5) {
      renew(second);
      await clock.advance(5000);
      expect(three.leads).to.equal(false);
    }
    await three.release();
  });

  it('gives up after 10 s without a renewal, before another may lead', async () => {
    const { clock, clients, join } = setup();
    const [one, two] = [join('one'), join('two')];
    await one.acquire(never);
    void two.acquire(never);
    await clock.advance(500);
    if (clients.one) {
      clients.one.before = () => {
        throw new KubeError('gone', { status: 0, reason: 'Unreachable' });
      };
    }
    let overlap = false;
    for (let tenth = 0; tenth < 200; tenth++) {
      await clock.advance(100);
      overlap ||= one.leads && two.leads;
    }
    expect([overlap, one.leads, await isLost(one), two.leads]).to.eql([false, false, true, true]);
    await two.release();
  });

  it('gives up in time also while a request hangs, and does not wait for it longer than 5 s', async () => {
    const { clock, clients, join } = setup();
    const one = join('one');
    await one.acquire(never);
    if (clients.one) clients.one.before = () => new Promise(() => undefined);
    await clock.advance(9999);
    expect(await isLost(one)).to.equal(false);
    expect(clients.one?.calls.filter((call) => call.startsWith('get'))).to.have.length(3);
    await clock.advance(1);
    expect([one.leads, await isLost(one)]).to.eql([false, true]);
    await clock.advance(60_000);
    expect(clock.pending).to.eql([]);
  });

  it('survives single failures of the API server, also a lost race', async () => {
    const { clock, clients, join } = setup();
    const one = join('one');
    await one.acquire(never);
    let calls = 0;
    if (clients.one) {
      clients.one.before = () => {
        if (calls++ % 3 !== 0)
          throw new KubeError('now and then', { status: calls % 2 ? 500 : 409, reason: 'Conflict' });
      };
    }
    await clock.advance(6000);
    if (clients.one) clients.one.before = undefined;
    await clock.advance(60_000);
    expect([one.leads, await isLost(one)]).to.eql([true, false]);
    await one.release();
  });

  it('is lost at once when another has the Lease', async () => {
    const { clock, join, model, lease } = setup();
    const one = join('one');
    await one.acquire(never);
    model.put('ops', 'lock', { spec: { ...lease()?.spec, holderIdentity: 'thief' } });
    await clock.advance(2000);
    expect([one.leads, await isLost(one)]).to.eql([false, true]);
    await one.release();
    expect(lease()?.spec?.holderIdentity).to.equal('thief');
  });

  it('makes a deleted Lease anew', async () => {
    const { clock, join, model, lease } = setup();
    const one = join('one');
    await one.acquire(never);
    model.remove('ops', 'lock');
    await clock.advance(2000);
    expect([one.leads, lease()?.spec?.holderIdentity]).to.eql([true, 'one']);
    await one.release();
  });

  it('keeps nothing when it is stopped while it asks for the Lease', async () => {
    const { clock, clients, join, lease } = setup();
    const gate = Promise.withResolvers<void>();
    const one = join('one');
    if (clients.one) clients.one.before = (verb) => (verb === 'create' ? gate.promise : undefined);
    const acquiring = one.acquire(never);
    await clock.advance(1);
    await one.release();
    gate.resolve();
    await acquiring;
    expect([one.leads, lease()?.spec?.holderIdentity]).to.eql([false, '']);
  });

  it('stops asking when it is told to, and tells the metrics of each change', async () => {
    const { clock, join, clients } = setup();
    const changes: boolean[] = [];
    const one = join('one', { onChange: (leads) => changes.push(leads) });
    await one.acquire(never);
    await one.release();
    expect(changes).to.eql([true, false]);
    const holder = join('holder');
    await holder.acquire(never);
    const stop = new AbortController();
    const two = join('two');
    const acquiring = two.acquire(stop.signal);
    await clock.advance(5000);
    stop.abort();
    await acquiring;
    const asked = clients.two?.calls.length;
    await clock.advance(60_000);
    expect([clients.two?.calls.length, two.leads]).to.eql([asked, false]);
    await holder.release();
  });
});
