import { once } from 'node:events';
import { createServer as createHttpServer, get, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Agent, request } from 'undici';
import { type Balancer, startBalancer } from './balancer.ts';

async function listening<T extends Server | HttpServer>(server: T, port = 0): Promise<T> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const urlOf = (server: Server | HttpServer) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe('the balancer of the tests', () => {
  const servers: (Server | HttpServer)[] = [];
  const sockets = new Set<Socket>();
  let balancer: Balancer;
  let agent: Agent;

  beforeEach(() => {
    agent = new Agent({ connections: 1 });
  });
  afterEach(async () => {
    await agent.destroy();
    await balancer.close();
    for (const server of servers.splice(0)) server.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  });

  async function tcp(serve: (socket: Socket) => void): Promise<Server> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      serve(socket);
    });
    servers.push(server);
    return listening(server);
  }

  async function http(name: string, port = 0): Promise<HttpServer> {
    const server = createHttpServer(async (req, res) => {
      const body = await text(req);
      res.setHeader('x-name', name);
      res.end(`${req.method} ${req.url} ${req.headers.host} ${body}`);
    });
    server.on('connection', (socket) => sockets.add(socket));
    servers.push(server);
    return listening(server, port);
  }

  function open(allowHalfOpen = true): Socket {
    const { hostname, port } = new URL(balancer.url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen });
    sockets.add(socket);
    return socket;
  }

  async function whoAnswers(): Promise<string> {
    const response = await request(`${balancer.url}/x`, { method: 'POST', body: 'b', dispatcher: agent });
    await response.body.dump();
    return String(response.headers['x-name']);
  }

  it('does not send two connections in a row to one backend, nor any to one that refuses', async () => {
    const names = ['a', 'b', 'c'];
    const backends = await Promise.all(names.map((name) => tcp((socket) => socket.end(name))));
    balancer = await startBalancer(backends.map(urlOf));
    const three = async () => [await text(open()), await text(open()), await text(open())].sort();
    expect(await three()).to.eql(names);
    backends[1]?.close();
    expect(await three()).to.eql(['a', 'c', 'c']);
    balancer.remove(urlOf(backends[0] as Server));
    expect(await three()).to.eql(['c', 'c', 'c']);
  });

  it('does not lose a byte when a side ends, and passes the end alone', async () => {
    let received = '';
    const backend = await tcp((socket) => {
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        received += chunk;
      });
      socket.on('end', () => socket.end('answer after the end of the question'));
    });
    balancer = await startBalancer([urlOf(backend)]);
    const client = open();
    const question = 'q'.repeat(3_000_000);
    client.end(question);
    expect(await text(client)).to.equal('answer after the end of the question');
    expect(received).to.equal(question);
  });

  it('does not read on from a backend while the client does not read', async () => {
    let sent = 0;
    const backend = await tcp((socket) => {
      const write = () => {
        while (socket.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      socket.on('drain', write);
      write();
    });
    balancer = await startBalancer([urlOf(backend)]);
    const client = open();
    client.pause();
    await once(client, 'connect');
    let before = -1;
    // The buffers of the kernel fill up first.
    while (sent !== before) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(sent).to.be.below(64 * 1024 * 1024);
  });

  it('does not leave a client alone whose backend broke off', async () => {
    const backend = await tcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
    balancer = await startBalancer([urlOf(backend)]);
    const client = open(false);
    client.on('error', () => {});
    client.write('hello');
    await once(client, 'close');
  });

  it('does not leave a backend alone whose client broke off', async () => {
    let closed: Promise<unknown> | undefined;
    const backend = await tcp((socket) => {
      closed = once(socket, 'close');
      socket.write('hello');
      socket.resume();
      socket.on('end', () => socket.end());
    });
    balancer = await startBalancer([urlOf(backend)]);
    const client = open();
    await once(client, 'data');
    client.resetAndDestroy();
    await closed;
  });

  it('keeps a connection where it is, when connections are spread', async () => {
    balancer = await startBalancer([urlOf(await http('a')), urlOf(await http('b'))]);
    const names = [await whoAnswers(), await whoAnswers(), await whoAnswers()];
    expect(new Set(names).size).to.equal(1);
  });

  it('sends each request of one connection to another backend, when requests are spread', async () => {
    const a = await http('a');
    balancer = await startBalancer([urlOf(a), urlOf(await http('b'))], 'request');
    expect([await whoAnswers(), await whoAnswers(), await whoAnswers()]).to.eql(['a', 'b', 'a']);
    const { port } = a.address() as AddressInfo;
    await new Promise((resolve) => a.close(resolve));
    expect([await whoAnswers(), await whoAnswers(), await whoAnswers()]).to.eql(['b', 'b', 'b']);
    await http('a again', port);
    expect([await whoAnswers(), await whoAnswers()].sort()).to.eql(['a again', 'b']);
  });

  it('does not change a request', async () => {
    balancer = await startBalancer([urlOf(await http('a'))], 'request');
    for (const body of ['', 'short', 'ä'.repeat(300_000)]) {
      const response = await request(`${balancer.url}/path?q=1`, {
        method: 'POST',
        body,
        dispatcher: agent,
        headers: { host: 'hub.example' },
      });
      expect(response.statusCode).to.equal(200);
      expect(await response.body.text()).to.equal(`POST /path?q=1 hub.example ${body}`);
    }
  });

  it('does not make up an answer, nor an end, when a backend breaks off', async () => {
    const server = createHttpServer((req, res) => {
      if (req.url === '/head') res.destroy();
      else res.write('some', () => res.destroy());
    });
    servers.push(server);
    balancer = await startBalancer([urlOf(await listening(server))], 'request');
    const failed = await request(`${balancer.url}/head`, { dispatcher: agent }).catch((error: Error) => error);
    expect(failed).to.be.an('error');
    const cut = await request(`${balancer.url}/body`, { dispatcher: agent });
    expect(await cut.body.text().catch((error: Error) => error)).to.be.an('error');
  });

  it('passes each piece of a stream at once, and ends it when its client goes', async () => {
    let ended: Promise<unknown> | undefined;
    const server = createHttpServer((_req, res) => {
      ended = once(res, 'close');
      res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      setTimeout(() => res.write('data: 1\n\n'), 20);
    });
    servers.push(server);
    balancer = await startBalancer([urlOf(await listening(server))], 'request');
    const sent = get(balancer.url, { agent: false });
    sent.on('error', () => {});
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const [piece] = await once(response, 'data');
    expect(String(piece)).to.equal('data: 1\n\n');
    response.on('error', () => {});
    sent.destroy();
    await ended;
  });
});
