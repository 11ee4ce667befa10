import { expect } from 'chai';
import type { KubeObject } from '../../../operator/kube/contract.ts';
import { KubeError } from '../../../operator/kube/errors.ts';
import { createEvents, EVENTS } from '../../../operator/kube/events.ts';
import { createFakeClock } from './fake-clock.ts';
import { createMemoryClient } from './memory-client.ts';
import { createModel } from './model.ts';
import { createQuietLog } from './quiet-log.ts';

const about: KubeObject = {
  apiVersion: 'test.example/v1',
  kind: 'Widget',
  metadata: { namespace: 'one', name: 'a', uid: 'A', resourceVersion: '7' },
};
const ready = { type: 'Normal', reason: 'Ready', message: 'all is well' } as const;

describe('events', () => {
  const setup = () => {
    const clock = createFakeClock();
    const model = createModel(EVENTS);
    const client = createMemoryClient(model);
    const log = createQuietLog();
    const start = () => createEvents({ client, component: 'tester', instance: 'tester-0', log, clock });
    return { clock, model, client, log, start, events: start() };
  };

  it('are what kubectl describe looks for', async () => {
    const { events, model } = setup();
    events.emit(about, ready);
    await events.flush();
    const [event] = model.list('one');
    expect(event).to.deep.include({
      ...ready,
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      source: { component: 'tester' },
      reportingComponent: 'tester',
      reportingInstance: 'tester-0',
    });
    expect(event?.involvedObject).to.eql({
      apiVersion: 'test.example/v1',
      kind: 'Widget',
      name: 'a',
      namespace: 'one',
      uid: 'A',
      resourceVersion: '7',
    });
  });

  it('are counted where they are equal, also with those of an earlier process, and kept apart where not', async () => {
    const { events, start, model, clock } = setup();
    for (let time = 0; time < 3; time++) events.emit(about, ready);
    events.emit(about, { ...ready, message: 'all is better' });
    events.emit({ ...about, metadata: { ...about.metadata, uid: 'B' } }, ready);
    await events.flush();
    await clock.advance(5000);
    const next = start();
    next.emit(about, ready);
    await next.flush();
    expect(model.list('one').map(({ count }) => count)).to.eql([4, 1, 1]);
    expect(model.list('one')[0]).to.include({
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:05Z',
    });
  });

  it('cannot flood the API server: 25 at once for an object, then one in 5 minutes', async () => {
    const { events, client, clock } = setup();
    for (let time = 0; time < 100; time++) events.emit(about, { ...ready, message: `number ${time}` });
    await events.flush();
    expect(client.calls).to.have.length(25);
    await clock.advance(300_000);
    for (let time = 0; time < 10; time++) events.emit(about, { ...ready, message: `again ${time}` });
    events.emit({ ...about, metadata: { ...about.metadata, uid: 'B' } }, ready);
    await events.flush();
    expect(client.calls).to.have.length(27);
  });

  it('disturb nobody when they cannot be written, and go on with the next', async () => {
    const { events, client, model, log } = setup();
    client.before = () => {
      client.before = undefined;
      throw new KubeError('no right', { status: 403, reason: 'Forbidden' });
    };
    events.emit(about, ready);
    events.emit(about, { ...ready, reason: 'Second' });
    await events.flush();
    expect(model.list().map(({ reason }) => reason)).to.eql(['Second']);
    expect(log.of('warn')).to.have.length(1);
  });

  it('of an object without a namespace are in default, and long messages are cut', async () => {
    const { events, model } = setup();
    events.emit({ ...about, metadata: { name: 'a', uid: 'A' } }, { ...ready, message: 'x'.repeat(5000) });
    await events.flush();
    const [event] = model.list('default');
    expect(event?.message).to.be.a('string').with.length(1024);
  });
});
