import { expect } from 'chai';
import { createKubeClient } from '../../../operator/kube/client.ts';
import type { KubeConnection, KubeObject } from '../../../operator/kube/contract.ts';
import { KubeError } from '../../../operator/kube/errors.ts';
import { until } from '../../support/until.ts';
import { type ApiServer, json, startApiServer, status } from './api-server.ts';
import { WIDGETS } from './model.ts';

const widget = (name: string, fields = {}): KubeObject => ({
  apiVersion: 'test.example/v1',
  kind: 'Widget',
  metadata: { namespace: 'one', name },
  ...fields,
});

for (const protocol of ['http', 'https', 'h2'] as const) {
  describe(`the Kubernetes client over ${protocol}`, () => {
    let server: ApiServer;
    let client: KubeConnection;

    beforeEach(async () => {
      server = await startApiServer({ protocol });
      client = createKubeClient({ kubeConfig: server.config, userAgent: 'test/1', timeoutMs: 2000 });
    });
    afterEach(async () => {
      await client.close();
      await server.stop();
    });

    const failure = async (call: Promise<unknown>): Promise<KubeError> => {
      const error = await call.then(
        () => undefined,
        (reason) => reason,
      );
      expect(error).to.be.instanceOf(KubeError);
      return error;
    };

    it('reads what it wrote, by every verb', async () => {
      expect(await client.get(WIDGETS, 'one', 'a')).to.equal(undefined);
      const created = await client.create(WIDGETS, widget('a', { spec: { size: 1 } }));
      expect(await client.get(WIDGETS, 'one', 'a')).to.eql(created);
      await client.apply(WIDGETS, widget('a', { spec: { size: 2 } }), 'tester');
      await client.applyStatus(WIDGETS, widget('a', { status: { ready: true } }), 'tester');
      await client.mergePatch(WIDGETS, 'one', 'a', { note: 'three' });
      const { items, resourceVersion } = await client.list(WIDGETS);
      expect(items).to.have.length(1);
      expect(items[0]).to.deep.include({
        apiVersion: 'test.example/v1',
        kind: 'Widget',
        spec: { size: 2 },
        note: 'three',
      });
      expect(Number(resourceVersion)).to.equal(server.model.version);
      await client.delete(WIDGETS, 'one', 'a', 'another uid');
      expect(await client.get(WIDGETS, 'one', 'a')).to.not.equal(undefined);
      await client.delete(WIDGETS, 'one', 'a', created.metadata.uid);
      expect(await client.get(WIDGETS, 'one', 'a')).to.equal(undefined);
      await client.delete(WIDGETS, 'one', 'a');
      expect([await client.serves(WIDGETS), await client.serves({ ...WIDGETS, version: 'v9' })]).to.eql([true, false]);
    });

    it('applies with force, as one manager, to the subresource of the status', async () => {
      await client.applyStatus(WIDGETS, widget('a/b'), 'tester');
      const [request] = server.requests;
      expect(request?.url.pathname).to.equal('/apis/test.example/v1/namespaces/one/widgets/a%2Fb/status');
      expect(Object.fromEntries(request?.url.searchParams ?? [])).to.eql({ fieldManager: 'tester', force: 'true' });
      expect(request?.headers['content-type']).to.equal('application/apply-patch+yaml');
      expect(request?.headers).to.include({ 'user-agent': 'test/1', authorization: 'Bearer one' });
    });

    it('reads a long list page by page, and all of it again when a page has expired', async () => {
      for (let index = 0; index < 1201; index++) server.model.put('one', `w${index}`);
      expect((await client.list(WIDGETS)).items).to.have.length(1201);
      expect(server.requests.map(({ url }) => url.searchParams.get('limit'))).to.eql(['500', '500', '500']);
      server.requests.length = 0;
      server.fault = ({ url }, response) => {
        if (!url.searchParams.has('continue')) return false;
        status(response, 410, 'Expired');
        return true;
      };
      expect((await client.list(WIDGETS)).items).to.have.length(1201);
      expect(server.requests.map(({ url }) => url.searchParams.get('limit'))).to.eql(['500', '500', null]);
    });

    it('says what a server refused, and when to come again', async () => {
      server.fault = (_request, response) => {
        status(response, 429, 'TooManyRequests', { 'retry-after': '3' });
        return true;
      };
      const busy = await failure(client.create(WIDGETS, widget('a')));
      expect(busy).to.include({ status: 429, reason: 'TooManyRequests', retryAfter: 3000 });
      expect(busy.message).to.equal(
        'POST /apis/test.example/v1/namespaces/one/widgets: 429: because of TooManyRequests',
      );
      server.fault = (_request, response) => {
        response.writeHead(502);
        response.end('<html>bad gateway</html>');
        return true;
      };
      const bad = await failure(client.list(WIDGETS));
      expect(bad).to.include({ status: 502, reason: 'Unknown' });
      server.fault = (_request, response) => {
        response.writeHead(200);
        response.end('{"items": [');
        return true;
      };
      expect(await failure(client.list(WIDGETS))).to.include({ status: 0, reason: 'Malformed' });
    });

    it('gives up a call that is not answered, whether its head or its body hangs', async () => {
      const impatient = client.withTimeout(80);
      server.fault = () => true;
      expect(await failure(impatient.get(WIDGETS, 'one', 'a'))).to.include({ status: 0, reason: 'Timeout' });
      server.fault = (_request, response) => {
        response.writeHead(200);
        response.write('{');
        return true;
      };
      expect(await failure(impatient.get(WIDGETS, 'one', 'a'))).to.include({ status: 0, reason: 'Timeout' });
      server.fault = undefined;
      expect(await client.get(WIDGETS, 'one', 'a')).to.equal(undefined);
    });

    it('says that there is no server', async () => {
      await server.stop();
      expect(await failure(client.get(WIDGETS, 'one', 'a'))).to.include({ status: 0, reason: 'Unreachable' });
    });

    it('sends once more on a new connection when the old one was cut, but creates nothing twice', async () => {
      let cuts = 0;
      server.fault = (_request, response) => {
        if (cuts++ > 0) return false;
        response.socket?.destroy();
        for (const session of server.sessions) session.destroy();
        return true;
      };
      expect((await client.list(WIDGETS)).items).to.eql([]);
      cuts = 0;
      await client.apply(WIDGETS, widget('b'), 'tester');
      cuts = 0;
      expect(await failure(client.create(WIDGETS, widget('a')))).to.include({ reason: 'Unreachable' });
      expect(server.requests.filter(({ method }) => method === 'POST')).to.have.length(1);
    });

    it('watches: events in order, bytes cut anywhere, and the end when the caller leaves', async () => {
      server.chunk = 3;
      const stop = new AbortController();
      const seen: string[] = [];
      const done = (async () => {
        const query = { resourceVersion: '100', timeoutSeconds: 290 };
        for await (const { type, object } of client.watch(WIDGETS, query, stop.signal))
          seen.push(`${type} ${object.note}`);
      })().catch((error) => error);
      await until(() => server.watches.size === 1);
      server.model.put('one', 'a', { note: 'größer → 日本 🚀' });
      server.model.remove('one', 'a');
      await until(() => seen.length === 2);
      expect(seen).to.eql(['ADDED größer → 日本 🚀', 'DELETED größer → 日本 🚀']);
      stop.abort();
      expect(await done).to.be.instanceOf(KubeError);
      await until(() => server.watches.size === 0);
    });

    it('counts each answer for the metrics, by status', async () => {
      const counted: string[] = [];
      const counting = createKubeClient({
        kubeConfig: server.config,
        userAgent: 'test/1',
        onRequest: ({ code, method, host }) => counted.push(`${code} ${method} ${host}`),
      });
      await counting.get(WIDGETS, 'one', 'a');
      server.fault = (_request, response) => {
        json(response, 200, { items: [] });
        return true;
      };
      await counting.list(WIDGETS);
      await counting.close();
      const { host } = new URL(server.url);
      expect(counted).to.eql([`404 GET ${host}`, `200 GET ${host}`]);
    });
  });
}
