import { expect } from 'chai';
import { ask, headersOf } from '../matrix/modern-wire.ts';
import { RawSession, textOf } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { makeForgetful, REFUSALS, UNCLEAR_REFUSALS } from '../support/servers/forgetful.ts';
import { RemoteFixture } from '../support/servers/remote.ts';
import { until } from '../support/until.ts';

const CALL = { method: 'tools/call', params: { name: 'any', arguments: {} } };

describe('a call that meets a forgotten session of a remote server', () => {
  const nodes = new Nodes();
  let remote: RemoteFixture;
  let url: string;

  beforeEach(async () => {
    remote = await new RemoteFixture().start();
    const entry = { type: 'streamable-http', url: remote.url };
    ({ url } = await nodes.start({ mcpServers: { shared: entry, own: { ...entry, perSessionClient: true } } }));
  });
  afterEach(async () => {
    await nodes.stop();
    await remote.stop();
  });

  const callers: Record<string, (server: string) => Promise<() => Promise<string>>> = {
    'of a session': async (server) => {
      const session = await RawSession.open(`${url}/mcp/${server}`);
      return async () => {
        const { body } = await session.request(CALL.method, CALL.params);
        return body?.error?.message ?? textOf(body?.result);
      };
    },
    'without a session': async (server) => async () => {
      const headers = { ...headersOf(CALL), 'x-mcphub-state-id': '6b7b9a0e-5a59-4d4c-9a0a-0c9a0f2f2a11' };
      const { body } = await ask(`${url}/mcp/${server}`, { ...CALL, headers });
      return body?.error?.message ?? textOf(body?.result);
    },
  };

  for (const [how, refuse] of Object.entries(REFUSALS)) {
    for (const [who, open] of Object.entries(callers)) {
      it(`is not lost, nor made twice: ${how}; a call ${who}`, async () => {
        for (const server of ['shared', 'own']) {
          const { ran, forget } = makeForgetful(remote, refuse);
          const call = await open(server);
          expect(await call()).to.match(/^ran in session-/);
          forget();
          expect(await call()).to.match(/^ran in session-/);
          expect(ran).to.deep.equal(['any', 'any']);
        }
      });
    }
  }

  for (const [how, refuse] of Object.entries(UNCLEAR_REFUSALS)) {
    it(`is not sent again where it may have run, and the next one gets a new session: ${how}`, async () => {
      for (const [server, open] of [
        ['shared', callers['of a session']],
        ['own', callers['of a session']],
        ['own', callers['without a session']],
      ] as const) {
        const { ran, forget } = makeForgetful(remote, refuse);
        const call = await open?.(server);
        expect(await call?.()).to.match(/^ran in session-/);
        forget();
        expect(await call?.()).to.match(/the call may or may not have run$/);
        await until(async () => (await call?.())?.startsWith('ran in session-') === true);
        expect(ran).to.deep.equal(['any', 'any']);
      }
    });
  }
});
