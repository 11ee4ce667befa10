import { expect } from 'chai';
import { createKubeClient } from '../../../operator/kube/client.ts';
import type { KubeConnection, ListOptions } from '../../../operator/kube/contract.ts';
import { createReflectorHealth } from '../../../operator/kube/health.ts';
import { createReflector, type Reflector } from '../../../operator/kube/reflector.ts';
import { until } from '../../support/until.ts';
import { type ApiServer, type ApiServerOptions, json, startApiServer, status } from './api-server.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { WIDGETS } from './model.ts';
import { createQuietLog } from './quiet-log.ts';

const MINUTE = 60_000;

describe('the reflector', () => {
  let server: ApiServer;
  let client: KubeConnection;
  let clock: FakeClock;
  let reflector: Reflector;
  let stop: AbortController;
  let running: Promise<void> | undefined;

  async function prepare(select?: ListOptions, protocol: ApiServerOptions['protocol'] = 'h2'): Promise<void> {
    server = await startApiServer({ protocol });
    client = createKubeClient({ kubeConfig: server.config, userAgent: 'test', timeoutMs: 3000 });
    clock = createFakeClock();
    stop = new AbortController();
    const log = createQuietLog();
    reflector = createReflector({ client, resource: WIDGETS, log, clock, random: () => 0, ...(select && { select }) });
  }
  function run(): void {
    running = reflector.run(stop.signal);
  }
  afterEach(async () => {
    stop.abort();
    await running;
    running = undefined;
    await client.close();
    await server.stop();
    expect(clock.pending).to.eql([]);
  });

  const watching = () => until(() => server.watches.size === 1);
  const lists = () => server.requests.filter(({ url }) => !url.searchParams.has('watch')).length;
  const watches = () => server.requests.filter(({ url }) => url.searchParams.has('watch')).length;
  const names = () =>
    reflector.store
      .list()
      .map(({ metadata }) => metadata.name)
      .sort();
  /** Waits until the reflector waits for the clock alone, and tells for how long. */
  const delay = async (): Promise<number> => {
    await until(() => server.watches.size === 0 && clock.pending.length === 1 && (clock.pending[0] ?? 0) <= MINUTE);
    return clock.pending[0] ?? 0;
  };

  it('follows the server from its first list on', async () => {
    await prepare();
    server.model.put('one', 'before');
    expect(createReflectorHealth(() => [reflector], clock).ready().failing).to.eql({ widgets: 'not listed yet' });
    run();
    await watching();
    expect([reflector.store.synced, names()]).to.eql([true, ['before']]);
    server.model.put('one', 'after');
    await until(() => names().length === 2);
    server.model.remove('one', 'before');
    await until(() => names().length === 1);
    expect(reflector.store.get('one', 'after')).to.include({ apiVersion: 'test.example/v1', kind: 'Widget' });
    expect(createReflectorHealth(() => [reflector], clock).ready()).to.eql({ ok: true, failing: {} });
  });

  it('opens a new watch at once when the server ended one that lived, and lists nothing again', async () => {
    await prepare();
    run();
    await watching();
    await clock.advance(20_000);
    server.model.put('one', 'a');
    await until(() => names().length === 1);
    for (const response of server.watches) response.end();
    await until(() => watches() === 2);
    expect(server.requests.at(-1)?.url.searchParams.get('resourceVersion')).to.equal(String(server.model.version));
    expect(lists()).to.equal(1);
  });

  it('goes on where it was after its connection was cut in the middle of a character', async () => {
    await prepare();
    run();
    await watching();
    const [response] = server.watches;
    const line = Buffer.from(
      JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'ü', resourceVersion: '900' } } }),
    );
    response?.write(line.subarray(0, line.indexOf(0xc3) + 1));
    for (const session of server.sessions) session.destroy();
    expect(await delay()).to.equal(800);
    server.model.put('one', 'meanwhile');
    await clock.advance(800);
    await until(() => names().length === 1);
    expect([names(), lists()]).to.eql([['meanwhile'], 1]);
  });

  it('notices a stream that is silent for longer than the server should let it live', async () => {
    await prepare();
    run();
    await watching();
    server.fault = (_request, response) => {
      status(response, 503, 'ServiceUnavailable');
      return true;
    };
    await clock.advance(319_000);
    expect(watches()).to.equal(1);
    await clock.advance(1000);
    server.fault = undefined;
    await delay();
    await clock.advance(800);
    await watching();
    server.model.put('one', 'a');
    await until(() => names().length === 1);
  });

  it('lists again after about 10 minutes: an event that was lost is made good, also a deletion', async () => {
    await prepare();
    server.model.put('one', 'gone');
    let mute = false;
    server.fault = ({ url }, response) => {
      if (!mute || !url.searchParams.has('watch')) return false;
      response.writeHead(200);
      response.write(' \n');
      server.watches.add(response);
      response.on('close', () => server.watches.delete(response));
      return true;
    };
    mute = true;
    run();
    await watching();
    server.model.remove('one', 'gone');
    server.model.put('one', 'lost');
    const asked: number[] = [];
    for (let watch = 0; watch < 3; watch++) {
      const seconds = Number(server.requests.at(-1)?.url.searchParams.get('timeoutSeconds'));
      asked.push(seconds);
      await clock.advance(seconds * 1000);
      for (const response of server.watches) response.end();
      await until(() => server.requests.length > watch + 2);
      await watching();
    }
    expect(asked).to.eql([290, 290, 20]);
    expect([lists(), names()]).to.eql([2, ['lost']]);
  });

  it('asks for metadata only where that is enough, and trims what it keeps', async () => {
    await prepare({
      metadataOnly: true,
      labelSelector: 'a=b',
      trim: (object) => ({ ...object, spec: undefined }),
    });
    server.model.put('one', 'a', { spec: 'large', metadata: { managedFields: [{}] } });
    run();
    await watching();
    const [list, watch] = server.requests;
    expect(list?.headers.accept).to.equal('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1');
    expect(watch?.headers.accept).to.equal('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
    expect(watch?.url.searchParams.get('labelSelector')).to.equal('a=b');
    expect(reflector.store.get('one', 'a')?.spec).to.equal(undefined);
    expect(reflector.store.get('one', 'a')?.metadata).to.not.have.property('managedFields');
  });

  describe('stops for certain', () => {
    it('while it watches', async () => {
      await prepare();
      run();
      await watching();
      stop.abort();
      await running;
      await until(() => server.watches.size === 0);
    });

    it('while a list hangs', async () => {
      await prepare();
      server.fault = () => true;
      run();
      await until(() => lists() === 1);
      stop.abort();
      await running;
      expect(reflector.store.synced).to.equal(false);
    });

    it('while it waits to try again', async () => {
      await prepare();
      server.fault = (_request, response) => {
        json(response, 500, {});
        return true;
      };
      run();
      await delay();
      stop.abort();
      await running;
      await clock.advance(10 * MINUTE);
      expect(server.requests).to.have.length(1);
    });

    it('before it began', async () => {
      await prepare();
      stop.abort();
      run();
      await running;
      expect(server.requests).to.eql([]);
    });
  });
});
