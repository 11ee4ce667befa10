import { expect } from 'chai';
import { ProcessSlots } from '../../../node/servers/process-slots.ts';

describe('the places for processes', () => {
  const limits = { processesPerNode: 2, processQueueTimeout: 10_000 };
  const never = () => new AbortController().signal;

  it('are given in the order of asking, and given back once', async () => {
    const slots = new ProcessSlots(() => limits);
    const [first, second] = [await slots.wait(never()), await slots.wait(never())];
    const order: number[] = [];
    const ask = async (number: number) => {
      const release = await slots.wait(never());
      order.push(number);
      return release;
    };
    const [third, fourth] = [ask(3), ask(4)];
    expect([slots.running, slots.waiting]).to.eql([2, 2]);
    first();
    first();
    (await third)();
    await fourth;
    expect(order).to.eql([3, 4]);
    expect([slots.running, slots.waiting]).to.eql([2, 0]);
    second();
    expect(slots.running).to.equal(1);
  });
  it('are not kept from processes that all sessions share', () => {
    const slots = new ProcessSlots(() => ({ ...limits, processesPerNode: 1 }));
    slots.take();
    slots.take();
    expect(slots.running).to.equal(2);
  });
  it('are not waited for by sessions that have ended', async () => {
    const slots = new ProcessSlots(() => ({ ...limits, processesPerNode: 1 }));
    const release = await slots.wait(never());
    const session = new AbortController();
    const waiting = slots.wait(session.signal).catch((error: unknown) => error);
    session.abort('the session ended');
    expect(await waiting).to.equal('the session ended');
    expect(slots.waiting).to.equal(0);
    release();
    expect(slots.running).to.equal(0);
  });
  it('are not waited for without end', async () => {
    let refused = 0;
    const slots = new ProcessSlots(
      () => ({ processesPerNode: 1, processQueueTimeout: 20 }),
      () => refused++,
    );
    await slots.wait(never());
    const error = await slots.wait(never()).catch((reason: Error) => reason);
    expect(error).to.include({ code: 'MCPHUB_PROCESS_LIMIT', retryAfter: 2 });
    expect([refused, slots.waiting]).to.eql([1, 0]);
  });
  it('are more at once when the limit is raised', async () => {
    const current = { ...limits, processesPerNode: 1 };
    const slots = new ProcessSlots(() => current);
    await slots.wait(never());
    const waiting = slots.wait(never());
    current.processesPerNode = 2;
    slots.settle();
    await waiting;
    expect(slots.running).to.equal(2);
  });
});
