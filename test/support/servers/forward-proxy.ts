import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A forward proxy as enterprises have them: absolute addresses for http, CONNECT for all else; it finds every host on loopback. */
export class ForwardProxy {
  /** `METHOD target` of each request. */
  readonly seen: string[] = [];
  readonly credentials = new Set<string | undefined>();
  /** Status with which it refuses everything. */
  refusal: number | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((req, res) => {
    if (this.#note(req)) return void res.writeHead(this.refusal ?? 500).end();
    const { port, pathname, search } = new URL(req.url ?? '');
    const { 'proxy-authorization': _, 'proxy-connection': __, ...headers } = req.headers;
    const onward = request({ host: '127.0.0.1', port, path: pathname + search, method: req.method, headers });
    onward.on('response', (answer) => answer.pipe(res.writeHead(answer.statusCode ?? 502, answer.headers)));
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });

  constructor() {
    this.#server.on('connection', (socket: Socket) => this.#sockets.add(socket));
    this.#server.on('connect', (req: IncomingMessage, socket: Socket) => {
      socket.on('error', () => {});
      if (this.#note(req)) return void socket.end(`HTTP/1.1 ${this.refusal} Refused\r\n\r\n`);
      const onward = connect(Number(req.url?.split(':').at(-1)), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** @returns whether it is refused */
  #note({ method, url, headers }: IncomingMessage): boolean {
    this.seen.push(`${method} ${url}`);
    this.credentials.add(headers['proxy-authorization']);
    return this.refusal !== undefined;
  }
}
