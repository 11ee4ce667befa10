import { once } from 'node:events';
import { expect } from 'chai';
import { Hosting } from '../../support/servers/hosting.ts';
import { event, RemoteFixture, stream } from '../../support/servers/remote.ts';

describe('ids of the events of a remote server', () => {
  let hosting: Hosting;
  let remote: RemoteFixture;
  beforeEach(async () => {
    hosting = new Hosting();
    remote = await new RemoteFixture().start();
  });
  afterEach(async () => {
    await hosting.clean();
    await remote.stop();
  });

  for (const [what, id, from] of [
    ['has no bytes of a header', 'a\u0001b', null],
    ['is longer than a header may be', 'x'.repeat(5_000), null],
    ['is of other letters', 'é\u2028', Buffer.from('é\u2028').toString('latin1')],
  ] as const) {
    it(`do not cost the connection when one ${what}`, async () => {
      const told: unknown[] = [];
      remote.handlers.GET = ({ headers }, res) => {
        told.push(headers['last-event-id'] ?? null);
        if (told.length < 8) return void stream(res).end(`id: ${id}\nretry: 1\ndata: \n\n`);
        stream(res).write(event({ jsonrpc: '2.0', method: 'notifications/message', params: {} }));
      };
      const server = hosting.host({ type: 'streamable-http', url: remote.url });
      const noted = once(server, 'notification');
      await server.connection();
      await noted;
      expect(told.slice(1)).to.eql(Array(7).fill(from));
      expect(server.report.status).to.equal('connected');
    });
  }
});
