import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { until } from '../support/until.ts';
import type { ControlPlane } from './support/control-plane.ts';
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.ts';
import { tokenOf } from './support/identities.ts';
import { CLIENTS, type RawAnswer, type RawRequest } from './support/raw-client.ts';
import { sharedControlPlane } from './support/shared-control-plane.ts';

/** A fault that does not happen would let tests of the operator pass that show nothing. */
describe('the fault proxy', function () {
  this.timeout(30_000);
  let plane: ControlPlane;
  let proxy: FaultProxy;
  let maps: string;

  before(async function () {
    plane = await sharedControlPlane(this);
    maps = `/api/v1/namespaces/${await plane.namespace('faults')}/configmaps`;
    proxy = await startFaultProxy(plane);
  });

  after(() => proxy?.close());
  afterEach(() => proxy.heal());

  for (const [version, client] of Object.entries(CLIENTS)) {
    const ask = (path: string, more: Partial<RawRequest> = {}): Promise<RawAnswer> =>
      client({ url: proxy.url, ca: plane.ca, token: tokenOf('admin'), path, ...more });
    const create = (name: string) => ask(maps, { method: 'POST', body: JSON.stringify({ metadata: { name } }) });
    const prefix = version.replaceAll(/\W/g, '').toLowerCase();

    describe(`to a client of ${version}`, () => {
      it('passes requests and answers as they are', async () => {
        expect((await create(`${prefix}-plain`)).status).to.equal(201);
        const { status, headers, text } = await ask(`${maps}/${prefix}-plain`);
        expect(status).to.equal(200);
        expect(headers['content-type']).to.equal('application/json');
        expect(JSON.parse(text).metadata.name).to.equal(`${prefix}-plain`);
      });

      it('passes the events of a watch when they happen, and ends it at the API server when the client goes', async () => {
        const client = new AbortController();
        const pieces: string[] = [];
        const open = proxy.openRequests({ verb: 'watch' });
        const watch = ask(`${maps}?watch=true&resourceVersion=0`, {
          onData: (chunk) => pieces.push(chunk),
          signal: client.signal,
        });
        await until(() => proxy.openRequests({ verb: 'watch', resource: 'configmaps' }) === open + 1);
        await plane.api.ok('POST', maps, { metadata: { name: `${prefix}-event` } });
        await until(() => pieces.join('').includes(`"${prefix}-event"`));
        client.abort();
        await watch.catch(() => {});
        await until(() => proxy.openRequests({ verb: 'watch' }) === open);
      });

      it('answers with a status and Retry-After, for as many requests as it was told', async () => {
        const fault = proxy.fail(
          { verb: 'list', resource: 'configmaps', times: 2 },
          { kind: 'status', status: 429, retryAfter: 3 },
        );
        const first = await ask(maps);
        expect(first.status).to.equal(429);
        expect(first.headers['retry-after']).to.equal('3');
        expect(JSON.parse(first.text)).to.include({ kind: 'Status', code: 429 });
        expect((await ask(`${maps}/none`)).status, 'another verb').to.equal(404);
        expect((await ask(maps)).status).to.equal(429);
        expect((await ask(maps)).status).to.equal(200);
        expect(fault.hits).to.equal(2);
      });

      it('refuses a write with 409, by method and path, and does not carry it out', async () => {
        proxy.fail({ method: 'POST', path: /\/configmaps$/ }, { kind: 'status', status: 409, reason: 'Conflict' });
        const { status, text } = await create(`${prefix}-conflict`);
        expect(status).to.equal(409);
        expect(JSON.parse(text).reason).to.equal('Conflict');
        expect((await plane.api.call('GET', `${maps}/${prefix}-conflict`)).status).to.equal(404);
      });

      it('says 410 as an ERROR event in a stream of 200', async () => {
        proxy.fail({ verb: 'watch' }, { kind: 'error-event', status: 410, reason: 'Expired' });
        const { status, text, broken } = await ask(`${maps}?watch=1`);
        expect(status).to.equal(200);
        expect(broken).to.equal(false);
        expect(JSON.parse(text)).to.nested.include({ type: 'ERROR', 'object.code': 410, 'object.reason': 'Expired' });
      });

      it('loses the answer of a write that is carried out', async () => {
        proxy.fail({ verb: 'create' }, { kind: 'lose-answer' });
        expect(await failure(create(`${prefix}-lost`))).to.be.an('error');
        expect((await plane.api.call('GET', `${maps}/${prefix}-lost`)).status).to.equal(200);
      });

      it('ends a request without an answer', async () => {
        proxy.fail({}, { kind: 'reset' });
        expect(await failure(ask(maps))).to.be.an('error');
      });

      it('leaves a request without an answer', async () => {
        const fault = proxy.fail({}, { kind: 'hang' });
        const client = new AbortController();
        const asked = ask(maps, { signal: client.signal });
        expect(await Promise.race([failure(asked), sleep(300, 'nothing')])).to.equal('nothing');
        expect(fault.hits).to.equal(1);
        client.abort();
        await asked.catch(() => {});
      });

      it('delays a request', async () => {
        proxy.fail({}, { kind: 'delay', milliseconds: 300 });
        const began = performance.now();
        expect((await ask(maps)).status).to.equal(200);
        expect(performance.now() - began).to.be.within(299, 5_000);
      });

      it('lets an answer trickle, whole', async () => {
        const pieces: string[] = [];
        proxy.fail({}, { kind: 'trickle', bytes: 100, every: 20 });
        const { text } = await ask(maps, { onData: (chunk) => pieces.push(chunk) });
        expect(JSON.parse(text).kind).to.equal('ConfigMapList');
        expect(pieces.length).to.be.greaterThan(3);
      });

      it('breaks an answer off in its middle', async () => {
        proxy.fail({}, { kind: 'cut', bytes: 50 });
        const { status, text, broken } = await ask(maps);
        expect({ status, broken }).to.eql({ status: 200, broken: true });
        expect(text.length).to.be.at.most(50);
      });

      it('breaks watches off that are under way', async () => {
        const watch = ask(`${maps}?watch=true`);
        await until(() => proxy.openRequests({ verb: 'watch', resource: 'configmaps' }) === 1);
        await sleep(50);
        expect(proxy.cut()).to.equal(1);
        expect(await watch).to.include({ status: 200, broken: true });
      });

      for (const state of ['reset', 'refuse'] as const) {
        it(`has connections that are there end, and new ones meet ${state}`, async () => {
          const watch = ask(`${maps}?watch=true`);
          await until(() => proxy.openRequests({ verb: 'watch', resource: 'configmaps' }) === 1);
          await proxy.door.set(state);
          await watch.catch(() => {});
          expect(proxy.door.connections).to.equal(0);
          const code = (await failure(ask(maps)))?.code;
          expect(code).to.equal(state === 'reset' ? 'ECONNRESET' : 'ECONNREFUSED');
          await proxy.door.set('open');
          expect((await ask(maps)).status).to.equal(200);
        });
      }

      it('takes connections and is silent, also on those that are there, and goes on with what was held', async () => {
        const pieces: string[] = [];
        const client = new AbortController();
        const watch = ask(`${maps}?watch=true`, { onData: (chunk) => pieces.push(chunk), signal: client.signal });
        await until(() => pieces.length > 0);
        await proxy.door.set('hang');
        await plane.api.ok('POST', maps, { metadata: { name: `${prefix}-held` } });
        const asked = ask(maps);
        expect(await Promise.race([asked, sleep(300, 'nothing')])).to.equal('nothing');
        expect(pieces.join('')).not.to.include(`"${prefix}-held"`);
        await proxy.door.set('open');
        expect((await asked).status).to.equal(200);
        await until(() => pieces.join('').includes(`"${prefix}-held"`));
        client.abort();
        await watch.catch(() => {});
      });

      it('counts requests by verb and resource, and what they write', async () => {
        proxy.log.forget();
        await ask(maps);
        await create(`${prefix}-counted`);
        await ask(`${maps}/${prefix}-counted`, { method: 'DELETE' });
        await ask('/apis/coordination.k8s.io/v1/namespaces/default/leases', { method: 'POST', body: '{}' });
        expect(proxy.log.summary()).to.eql({
          'list configmaps': 1,
          'create configmaps': 1,
          'delete configmaps': 1,
          'create leases': 1,
        });
        expect(proxy.log.writes()).to.equal(3);
        expect(proxy.log.writes(['leases'])).to.equal(2);
        expect(proxy.log.count({ method: 'POST' })).to.equal(2);
      });
    });
  }
});

/** Undefined when there is none. */
function failure(promise: Promise<unknown>): Promise<NodeJS.ErrnoException | undefined> {
  return promise.then(
    () => undefined,
    (error) => error,
  );
}
