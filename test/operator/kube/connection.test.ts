import { expect } from 'chai';
import { createKubeClient } from '../../../operator/kube/client.ts';
import type { KubeConfig, KubeConnection } from '../../../operator/kube/contract.ts';
import { until } from '../../support/until.ts';
import { type ApiServer, startApiServer, status } from './api-server.ts';
import { startBlackHole } from './black-hole.ts';
import { createCertificate } from './certificate.ts';
import { WIDGETS } from './model.ts';

describe('the connection to an API server', () => {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  async function start(...options: Parameters<typeof startApiServer>): Promise<ApiServer> {
    const server = await startApiServer(...options);
    stops.push(() => server.stop());
    return server;
  }
  function connect(kubeConfig: KubeConfig): KubeConnection {
    const client = createKubeClient({ kubeConfig, userAgent: 'test', timeoutMs: 3000 });
    stops.push(() => client.close());
    return client;
  }
  /** Watches until the stream ends. Resolves with how many events came. */
  async function watch(client: KubeConnection): Promise<number> {
    let events = 0;
    try {
      const query = { resourceVersion: '100', timeoutSeconds: 290 };
      for await (const _event of client.watch(WIDGETS, query, new AbortController().signal)) events++;
    } catch {
      return events;
    }
    return events;
  }

  it('carries 60 watches and 400 calls over 2 TCP connections, and starves none of 150 watches', async () => {
    const server = await start({ protocol: 'h2' });
    const client = connect(server.config);
    const watches = Array.from({ length: 60 }, () => watch(client));
    await until(() => server.watches.size === 60);
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 100 }, () => client.get(WIDGETS, 'one', 'a')));
    }
    expect(server.sockets.size).to.equal(2);
    watches.push(...Array.from({ length: 90 }, () => watch(client)));
    await until(() => server.watches.size === 150);
    expect(server.sockets.size).to.equal(3);
    expect(server.sessions.size).to.equal(server.sockets.size);
    await client.close();
    await Promise.all(watches);
    await until(() => server.sockets.size === 0);
  });

  const harms: Record<string, (server: ApiServer) => void> = {
    'GOAWAY, where open streams end in peace': (server) => {
      for (const session of server.sessions) session.goaway(0);
      setTimeout(() => {
        for (const response of server.watches) response.end();
      }, 50);
    },
    'a broken session': (server) => {
      for (const session of server.sessions) session.destroy();
    },
    'a cut of all sockets': (server) => {
      for (const socket of server.sockets) socket.destroy();
    },
  };
  for (const [name, harm] of Object.entries(harms)) {
    it(`goes on after ${name}: calls at once, and the watch knows that it ended`, async () => {
      const server = await start({ protocol: 'h2' });
      const client = connect(server.config);
      const watching = watch(client);
      await until(() => server.watches.size === 1);
      await client.list(WIDGETS);
      harm(server);
      await client.list(WIDGETS);
      await watching;
      await until(() => server.watches.size === 0);
      const last = watch(client);
      await until(() => server.watches.size === 1);
      expect(server.sockets.size).to.be.within(1, 4);
      await client.close();
      await last;
    });
  }

  it('replaces a connection that broke in silence: calls do not time out on it for ever', async () => {
    const server = await start({ protocol: 'h2' });
    const hole = await startBlackHole(Number(new URL(server.url).port));
    stops.push(() => hole.stop());
    const kubeConfig = { ...server.config, server: `https://127.0.0.1:${hole.port}` };
    const client = createKubeClient({ kubeConfig, userAgent: 'test', timeoutMs: 2000, pingMs: 50 });
    stops.push(() => client.close());
    const watching = watch(client);
    await until(() => server.watches.size === 1);
    await client.list(WIDGETS);
    const pings = [...server.sessions].map((session) => {
      const count = { pings: 0 };
      session.on('ping', () => count.pings++);
      return count;
    });
    expect(pings).to.have.length(2);
    await until(() => pings.every((count) => count.pings > 3));
    expect(hole.connections, 'connections whose pings are answered stay').to.equal(2);
    hole.swallow();
    await watching;
    await until(() =>
      client.list(WIDGETS).then(
        () => true,
        () => false,
      ),
    );
    expect(hole.connections).to.be.at.least(3);
  });

  it('uses HTTP/1.1 where the server has nothing else, without trying HTTP/2 for each request', async () => {
    const server = await start({ protocol: 'https' });
    const client = connect(server.config);
    const watching = [watch(client), watch(client), watch(client)];
    await until(() => server.watches.size === 3);
    for (let call = 0; call < 20; call++) await client.list(WIDGETS);
    expect(server.sockets.size).to.be.at.most(5);
    await client.close();
    await Promise.all(watching);
  });

  it('sends a new token from the next call on, and asks for a fresh one when the old is refused', async () => {
    const server = await start({ protocol: 'h2' });
    let token = 'old';
    const asked: (boolean | undefined)[] = [];
    const client = connect({
      ...server.config,
      async credentials(fresh) {
        asked.push(fresh);
        if (fresh) token = 'new';
        return { headers: { authorization: `Bearer ${token}` }, tls: { ca: server.certificate.cert } };
      },
    });
    server.fault = ({ headers }, response) => {
      if (headers.authorization === 'Bearer new') return false;
      status(response, 401, 'Unauthorized');
      return true;
    };
    expect((await client.list(WIDGETS)).items).to.eql([]);
    expect(asked).to.eql([false, true]);
    expect(server.sessions.size).to.equal(1);
  });

  it('does not ask again and again for what is refused', async () => {
    const server = await start({ protocol: 'http' });
    const client = connect(server.config);
    server.fault = (_request, response) => {
      status(response, 401, 'Unauthorized');
      return true;
    };
    const error = await client.list(WIDGETS).catch((reason) => reason);
    expect(error).to.include({ status: 401, reason: 'Unauthorized' });
    expect(server.requests).to.have.length(2);
  });

  it('trusts a new CA while it runs, and leaves watches of the old connection alone', async () => {
    const [old, renewed] = [createCertificate('old'), createCertificate('new')];
    const first = await start({ protocol: 'h2', certificate: old });
    let ca = old.cert;
    const client = connect({ ...first.config, credentials: async () => ({ headers: {}, tls: { ca } }) });
    const watching = watch(client);
    await until(() => first.watches.size === 1);
    ca = `${old.cert}${renewed.cert}`;
    await client.list(WIDGETS);
    first.model.put('one', 'a');
    await until(() => first.watches.size === 1);
    const port = Number(new URL(first.url).port);
    await first.stop();
    expect(await watching).to.equal(1);
    const second = await start({ protocol: 'h2', certificate: renewed, port });
    expect((await client.list(WIDGETS)).items).to.eql([]);
    expect(second.requests).to.have.length(1);
  });

  it('refuses a server whose certificate the CA did not sign', async () => {
    const server = await start({ protocol: 'h2' });
    const other = createCertificate();
    const client = connect({ ...server.config, credentials: async () => ({ headers: {}, tls: { ca: other.cert } }) });
    const error = await client.list(WIDGETS).catch((reason) => reason);
    expect(error).to.include({ status: 0, reason: 'Unreachable' });
    expect(error.message).to.match(/certificate|self-signed/);
    expect(server.requests).to.eql([]);
  });
});
