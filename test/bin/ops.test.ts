import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { pino } from 'pino';
import { Counter, Registry } from 'prom-client';
import { type OpsServer, startOps } from '../../bin/ops.ts';
import { DEFAULTS } from '../../settings/defaults.ts';

const log = pino({ level: 'silent' });

describe('the server for metrics and probes', () => {
  const open: OpsServer[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((ops) => ops.stop()));
  });

  async function start(port: number | undefined, ready = () => true, registry = new Registry()): Promise<OpsServer> {
    const ops = await startOps({ registry, ready, host: '127.0.0.1', port, log });
    open.push(ops);
    return ops;
  }

  it('serves the registry in the text format of Prometheus', async () => {
    const registry = new Registry();
    new Counter({ name: 'mcphub_test_total', help: 'Test.', registers: [registry] }).inc(3);
    const { url } = await start(0, () => true, registry);
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).to.contain('text/plain');
    expect(await response.text()).to.contain('mcphub_test_total 3');
  });

  it('is live while it is not ready', async () => {
    let ready = false;
    const { url } = await start(0, () => ready);
    expect((await fetch(`${url}/livez`)).status).to.equal(200);
    expect((await fetch(`${url}/readyz`)).status).to.equal(503);
    ready = true;
    expect((await fetch(`${url}/readyz`)).status).to.equal(200);
  });

  it('answers other paths and methods without doing anything', async () => {
    const { url } = await start(0);
    expect((await fetch(`${url}/`)).status).to.equal(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).to.equal(405);
  });

  it('answers 500 instead of crashing when a metric cannot be collected', async () => {
    const registry = new Registry();
    const collect = () => {
      throw new Error('no');
    };
    new Counter({ name: 'mcphub_broken_total', help: 'Test.', registers: [registry], collect });
    const { url } = await start(0, () => true, registry);
    expect((await fetch(`${url}/metrics`)).status).to.equal(500);
  });

  it('takes a free port when only the default is taken, so that several members start on one host', async () => {
    const first = await start(undefined);
    const second = await start(undefined);
    expect(second.url).not.to.equal(first.url).and.not.to.contain(`:${DEFAULTS.opsPort}`);
    expect((await fetch(`${second.url}/livez`)).status).to.equal(200);
  });

  it('refuses to hide on another port when METRICS_PORT names a taken one', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const error = await start(port).then(
      () => undefined,
      (reason: Error) => reason,
    );
    await new Promise((resolve) => taken.close(resolve));
    expect(error?.message).to.match(new RegExp(`port ${port} .*METRICS_PORT`));
  });
});
