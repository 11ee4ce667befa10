import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { encodeFrame, KIND, TRUNK_PROTOCOL } from '../../cluster/trunk/frames.ts';
import { post } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { until } from '../support/until.ts';

/** Answers heartbeats and questions for the table of servers with any text. */
async function startCoordinator() {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const isBeat = request.method === 'POST';
      if (isBeat) coordinator.beats++;
      else coordinator.questions++;
      answer(response, isBeat ? coordinator.reply : coordinator.table);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const coordinator = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    beats: 0,
    questions: 0,
    reply: '{"success":true}',
    table: '{"success":true,"data":{"version":"v"}}',
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return coordinator;
}

function answer(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
}

const HEARTBEATS = { systemConfig: { cluster: { node: { heartbeatInterval: 200 } } } };

describe('a node with a hostile coordinator', () => {
  const nodes = new Nodes();
  let coordinator: Awaited<ReturnType<typeof startCoordinator>>;
  beforeEach(async () => {
    coordinator = await startCoordinator();
  });
  afterEach(async () => {
    await nodes.stop();
    await coordinator.stop();
  });
  async function start() {
    const running = await nodes.start(HEARTBEATS, { coordinators: [coordinator.url] });
    await until(() => running.node.ready());
    return running;
  }

  it('is not kept busy by one that never has heard enough, nor by one that tells the same table at once', async () => {
    coordinator.reply = '{"success":true,"data":{"resync":true}}';
    const began = performance.now();
    await nodes.start(HEARTBEATS, { coordinators: [coordinator.url] });
    await until(() => coordinator.beats >= 8);
    // It has heard enough once, so that the node asks for the table.
    coordinator.reply = '{"success":true}';
    await until(() => coordinator.questions >= 5);
    const seconds = (performance.now() - began) / 1000;
    // Twice for each interval; without a pause there are thousands.
    expect(coordinator.beats / seconds).to.be.below(40);
    expect(coordinator.questions / seconds).to.be.below(40);
  });

  it('does not read a reply without end, and goes on', async () => {
    const { url } = await start();
    coordinator.reply = `{"success":true,"message":"${'x'.repeat(17 * 1024 * 1024)}"}`;
    const before = coordinator.beats;
    await until(() => coordinator.beats > before + 1);
    expect((await fetch(`${url}/health`)).status).to.equal(200);
  });

  it('takes from replies and tables what it can read, and is not ended by the rest', async () => {
    const { node, url } = await start();
    const shapes = [7, null, 'x', [], {}, [7, null, {}], { keys: 7, cursor: -1 }, { keys: ['k'], cursor: 1e300 }];
    for (const shape of shapes) {
      const data = Object.fromEntries(['groups', 'stale', 'buried', 'members', 'resync'].map((name) => [name, shape]));
      coordinator.reply = JSON.stringify({ success: true, data });
      coordinator.table = JSON.stringify({
        success: true,
        data: { version: `v${shapes.indexOf(shape)}`, servers: shape },
      });
      const { beats } = coordinator;
      await until(() => coordinator.beats > beats + 1);
    }
    const rows = [null, { name: 7 }, { name: 'far', holders: ['AAAAAAAA'], status: 'connected' }];
    coordinator.reply = '{"success":true}';
    coordinator.table = JSON.stringify({ success: true, data: { version: 'last', servers: rows } });
    await until(async () => (await post(`${url}/mcp/far`, { jsonrpc: '2.0', id: 1, method: 'ping' })).status !== 404);
    expect(node.ready()).to.equal(true);
  });

  it('ends a trunk of requests that are none, and serves the others', async () => {
    const { url } = await start();
    const port = Number(new URL(url).port);
    const bad = [
      '7',
      '["GET"]',
      '["G T","/health",[]]',
      '["GET","/he alth",[]]',
      '["GET","health",[]]',
      '["GET","/health",["x a","b"]]',
      '["GET","/health",["x-a","b\\r\\nc: d"]]',
      '["GET","/health",["x-a",{}]]',
      '["GET","/health",{}]',
      '{',
    ];
    const open = async () => {
      const socket = connect(port, '127.0.0.1');
      socket.write(
        `GET /trunk HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: ${TRUNK_PROTOCOL}\r\n\r\n`,
      );
      await once(socket, 'data');
      return socket;
    };
    const good = await open();
    for (const head of bad) {
      const socket = await open();
      const closed = once(socket.resume(), 'close');
      socket.on('error', () => undefined);
      socket.write(encodeFrame(KIND.request, 1, head), 'latin1');
      await closed;
    }
    good.write(encodeFrame(KIND.request, 1, '["GET","/health",["Host","a"]]'), 'latin1');
    const [answered] = (await once(good, 'data')) as [Buffer];
    expect(answered.toString('latin1')).to.contain('[200,').and.to.contain('"status":"healthy"');
    good.destroy();
  });
});
