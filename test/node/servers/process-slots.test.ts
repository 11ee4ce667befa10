import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ProcessSlots } from '../../../node/servers/process-slots.ts';
import type { ServerConfig } from '../../../settings/schema.ts';
import { call, goneWithin, Hosting, hostile, peer, textOfOutcome } from '../../support/servers/hosting.ts';

describe('the places for processes', () => {
  const limits = { processesPerNode: 2, sharePerPrincipal: 1, processQueueTimeout: 10_000 };
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
      () => ({ ...limits, processesPerNode: 1, processQueueTimeout: 20 }),
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

describe('the place of a process', () => {
  let hosting: Hosting;
  beforeEach(() => {
    hosting = new Hosting();
  });
  afterEach(() => hosting.clean());

  const slots = () =>
    new ProcessSlots(() => ({ processesPerNode: 1, sharePerPrincipal: 1, processQueueTimeout: 10_000 }));
  const own = (config: ServerConfig) => ({ ...config, perSessionClient: true });
  const BROKEN: Record<string, ServerConfig> = {
    'whose command does not exist': { command: 'no-such-command' },
    'whose folder does not exist': { ...hostile(), cwd: '/no/such/folder' },
    'that cannot be spawned': { ...hostile(), env: { BAD: 'a\0b' } },
    'that exits at once': hostile('--exit'),
    'that never answers': hostile('--silent'),
  };

  for (const [which, config] of Object.entries(BROKEN)) {
    it(`is not lost to one ${which}`, async () => {
      const places = slots();
      const host = hosting.host(own(config), { startTimeout: 500, exitGrace: 300 }, 'fixture', places);
      const error = await host.connection(peer('a')).catch((reason: Error) => reason);
      expect(error).to.include({ code: 'MCPHUB_SERVER_UNAVAILABLE' });
      await host.stop();
      expect([places.running, places.waiting]).to.eql([0, 0]);
    });
  }

  it('is not given to another while something of its group still runs', async () => {
    const places = slots();
    const file = join(hosting.folder, 'grandchild');
    const { command, args = [] } = hostile();
    const script = `trap '' TERM; sleep 1000 & echo $! > '${file}'; exec "$0" "$@"`;
    const config = own({ command: 'sh', args: ['-c', script, String(command), ...args] });
    const host = hosting.host(config, { exitGrace: 600 }, 'fixture', places);
    const connection = await host.connection(peer('a'));
    const { pid } = JSON.parse(textOfOutcome(await call(connection, 'pids')));
    process.kill(pid, 'SIGKILL');
    await places.wait(new AbortController().signal);
    // It ignores SIGTERM, so it would live on for the whole grace.
    expect(await goneWithin(Number(readFileSync(file, 'utf8')), 200)).to.equal(true);
  });

  it('is not used by a session that ends in the moment it becomes free', async () => {
    const places = slots();
    const starts = join(hosting.folder, 'starts');
    const host = hosting.host(own(hostile(`--starts=${starts}`)), {}, 'fixture', places);
    const release = places.take();
    const opening = host.connection(peer('a')).catch((reason: Error) => reason);
    expect(places.waiting).to.equal(1);
    release();
    await host.releaseSession('a');
    expect(await opening)
      .to.have.property('message')
      .that.includes('the session ended');
    expect([places.running, places.waiting, existsSync(starts)]).to.eql([0, 0, false]);
  });
});
