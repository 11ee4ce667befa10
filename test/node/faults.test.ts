import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { pino } from 'pino';
import { encodeFrame, KIND, TRUNK_PROTOCOL } from '../../cluster/trunk/frames.ts';
import { RawSession } from '../support/clients.ts';
import { faultySettings } from '../support/faulty-settings.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { until } from '../support/until.ts';

describe('a defect of ours in a node', () => {
  const nodes = new Nodes();
  const entries = new Set<string>();
  const log = pino({ level: 'error' }, { write: (line: string) => void entries.add(JSON.parse(line).entry) });
  let settings: ReturnType<typeof faultySettings>;
  beforeEach(() => {
    entries.clear();
    settings = faultySettings({ mcpServers: { a: echoServer() } });
  });
  afterEach(async () => {
    settings.faulty = false;
    await nodes.stop();
  });

  it('costs the request that it happens in, on a trunk as on a connection of its own, and no others', async () => {
    const { url } = await nodes.start(settings, { log });
    const session = await RawSession.open(`${url}/mcp/a`);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`GET /trunk HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: ${TRUNK_PROTOCOL}\r\n\r\n`);
    await once(socket, 'data');
    const overTrunk = async (id: number) => {
      socket.write(encodeFrame(KIND.request, id, '["GET","/health",[]]'), 'latin1');
      return String((await once(socket, 'data'))[0]);
    };
    Object.defineProperty(settings, 'problem', {
      configurable: true,
      get: () => {
        throw new Error('a defect of ours');
      },
    });
    const refused = await fetch(`${url}/health`);
    expect([refused.status, ((await refused.json()) as { error: { data: { code: string } } }).error.data.code]).to.eql([
      500,
      'MCPHUB_INTERNAL',
    ]);
    expect(await overTrunk(1))
      .to.contain('[500,')
      .and.to.contain('MCPHUB_INTERNAL');
    expect([...entries]).to.eql(['request']);
    Object.defineProperty(settings, 'problem', { value: undefined });
    expect((await fetch(`${url}/health`)).status).to.equal(200);
    expect(await overTrunk(2)).to.contain('[200,');
    expect(await session.call('echo', { message: 'x' })).to.equal('x');
    socket.destroy();
  });

  it('costs one turn of a timer', async () => {
    const { url } = await nodes.start(settings, { log, timing: { sweepInterval: 20 } });
    await RawSession.open(`${url}/mcp/a`);
    settings.faulty = true;
    await until(() => entries.has('timer of sessions') && settings.faults > 3);
    settings.faulty = false;
    expect(await (await RawSession.open(`${url}/mcp/a`)).call('echo', { message: 'x' })).to.equal('x');
  });
});
