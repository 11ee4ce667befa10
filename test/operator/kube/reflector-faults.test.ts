import { expect } from 'chai';
import { createKubeClient } from '../../../operator/kube/client.ts';
import type { KubeConnection } from '../../../operator/kube/contract.ts';
import { createReflectorHealth } from '../../../operator/kube/health.ts';
import { createReflector, type Reflector } from '../../../operator/kube/reflector.ts';
import { until } from '../../support/until.ts';
import { type ApiServer, type Fault, json, startApiServer, status } from './api-server.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { WIDGETS } from './model.ts';
import { createQuietLog } from './quiet-log.ts';

const MINUTE = 60_000;

describe('the reflector, when the API server misbehaves', () => {
  let server: ApiServer;
  let client: KubeConnection;
  let clock: FakeClock;
  let reflector: Reflector;
  const stop = { now: new AbortController() };
  let running: Promise<void>;

  beforeEach(async () => {
    server = await startApiServer({ protocol: 'h2' });
    client = createKubeClient({ kubeConfig: server.config, userAgent: 'test', timeoutMs: 1500 });
    clock = createFakeClock();
    stop.now = new AbortController();
    reflector = createReflector({ client, resource: WIDGETS, log: createQuietLog(), clock, random: () => 0 });
  });
  afterEach(async () => {
    stop.now.abort();
    await running;
    await client.close();
    await server.stop();
  });

  function run(): void {
    running = reflector.run(stop.now.signal);
  }
  const isWatch = (url: URL) => url.searchParams.has('watch');
  const lists = () => server.requests.filter(({ url }) => !isWatch(url)).length;
  const onWatch =
    (fault: Fault): Fault =>
    (request, response) =>
      isWatch(request.url) ? fault(request, response) : false;
  const write = (text: string) =>
    onWatch((_request, response) => {
      response.writeHead(200);
      response.end(text);
      return true;
    });
  /** How long the reflector waits before it tries again. */
  async function delay(): Promise<number> {
    await until(() => clock.pending.length === 1 && (clock.pending[0] ?? MINUTE) < MINUTE);
    return clock.pending[0] ?? 0;
  }
  /** The delays between the next attempts. */
  async function delays(count: number): Promise<number[]> {
    const seen: number[] = [];
    while (seen.length < count) {
      seen.push(await delay());
      await clock.advance(seen.at(-1) ?? 0);
      await until(() => clock.pending.length !== 1 || clock.pending[0] !== 0);
    }
    return seen;
  }
  async function heals(): Promise<void> {
    server.fault = undefined;
    server.model.put('one', 'healed');
    await clock.advance(await delay());
    await until(() => reflector.store.get('one', 'healed') !== undefined);
    await until(() => server.watches.size === 1);
  }

  const expired = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } };
  const faults: Record<string, Fault> = {
    'a 410 as status': onWatch((_request, response) => {
      status(response, 410, 'Expired');
      return true;
    }),
    'a 410 as ERROR event in a 200': write(`${JSON.stringify(expired)}\n`),
  };
  for (const [name, fault] of Object.entries(faults)) {
    it(`lists again at once after ${name}, and with growing delays when that repeats`, async () => {
      server.fault = fault;
      run();
      expect(await delays(4)).to.eql([800, 1600, 3200, 6400]);
      expect(lists()).to.equal(6);
      await heals();
    });
  }

  it('survives lines that are no events, and lists again after them', async () => {
    for (const line of [
      '{"type":"ADDED","object":',
      'null',
      '{"type":"ADDED"}',
      '{"type":"NEW","object":{"metadata":{}}}',
    ]) {
      server.fault = write(`${line}\n`);
      const before = lists();
      if (running === undefined || before === 0) run();
      await delays(1);
      await until(() => lists() > before);
    }
    await heals();
  });

  it('waits as long as a 429 or a 503 asks', async () => {
    server.fault = (_request, response) => {
      status(response, 429, 'TooManyRequests', { 'retry-after': '7' });
      return true;
    };
    run();
    expect(await delays(1)).to.eql([7000]);
    server.fault = onWatch((_request, response) => {
      status(response, 503, 'ServiceUnavailable', {}, { retryAfterSeconds: 21 });
      return true;
    });
    expect((await delays(2)).at(-1)).to.equal(21_000);
  });

  it('does not storm a server that answers 500 for ten minutes, and is alive all the time', async () => {
    server.fault = (_request, response) => {
      json(response, 500, {});
      return true;
    };
    run();
    const health = createReflectorHealth(() => [reflector], clock);
    while (clock.monotonic() < 10 * MINUTE) {
      await clock.advance(await delay());
      const sent = server.requests.length;
      await until(() => server.requests.length >= sent && clock.pending.length === 1);
      expect(health.live().ok).to.equal(true);
    }
    expect(server.requests.length).to.be.within(20, 30);
    await heals();
  });

  it('does not storm a server that ends each watch at once', async () => {
    server.fault = write('');
    run();
    while (clock.monotonic() < 5 * MINUTE) await clock.advance(await delay());
    expect(server.requests.filter(({ url }) => isWatch(url)).length).to.be.within(10, 20);
    expect(lists()).to.equal(1);
    await heals();
  });

  it('gives up a list that hangs, and tries again', async () => {
    server.fault = () => true;
    run();
    expect(await delay()).to.equal(800);
    await heals();
  });

  it('begins with short delays again after a watch that lived', async () => {
    server.fault = write('');
    run();
    await delays(5);
    server.fault = undefined;
    await clock.advance(await delay());
    await until(() => server.watches.size === 1);
    await clock.advance(11_000);
    server.fault = write('');
    for (const session of server.sessions) session.destroy();
    expect(await delays(2)).to.eql([800, 1600]);
  });

  it('is not alive when it tries nothing any more', async () => {
    run();
    await until(() => server.watches.size === 1);
    const health = createReflectorHealth(() => [reflector], {
      ...clock,
      monotonic: () => clock.monotonic() + 11 * MINUTE,
    });
    expect(health.live()).to.eql({ ok: false, failing: { widgets: 'silent for 660 s' } });
  });
});
