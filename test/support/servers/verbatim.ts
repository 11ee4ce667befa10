import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text as readText } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

/** Numbers that JavaScript would write in another way. */
export const NUMBERS = '[9007199254740993,1.0,1e400,-0,0.10]';

/**
 * A server that writes its JSON by hand. Of tools it has `take`, which answers with the text of the request and with NUMBERS;
 * `fail`, whose error has them; `ask`, which answers with the text of the client's answer to a question whose id is one of them; and
 * `roots`, which asks for roots without params.
 */
export class Verbatim {
  readonly #say: (line: string) => void;
  /** The id of the call that waits for the client's answer. */
  #asking = '';

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  hear(line: string): void {
    const id = /"id":("[^"]*"|[^,}]+)/.exec(line)?.[1] ?? '';
    const { method, params } = JSON.parse(line) as { method?: string; params?: { name?: string; _meta?: object } };
    const answer = (result: string) => this.#say(`{"jsonrpc":"2.0","id":${id},"result":${result}}`);
    if (method === 'initialize') {
      answer(
        '{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"verbatim","version":1.0}}',
      );
    } else if (method === 'tools/list') {
      const tool = (name: string) => `{"name":"${name}","inputSchema":{"type":"object","maxProperties":9.0}}`;
      answer(`{"tools":[${['take', 'fail', 'ask'].map(tool).join(',')}]}`);
    } else if (method === 'tools/call') this.#call(params?.name ?? '', id, line);
    else if (method === undefined) {
      this.#say(`{"jsonrpc":"2.0","id":${this.#asking},"result":${resultOf(line)}}`);
    } else if (id !== '') answer('{}');
  }

  #call(name: string, id: string, line: string): void {
    if (name === 'take') {
      const token = /"progressToken":([^,}]+)/.exec(line)?.[1];
      const progress = `{"progressToken":${token},"progress":1.0,"total":9007199254740993}`;
      if (token !== undefined) this.#say(`{"jsonrpc":"2.0","method":"notifications/progress","params":${progress}}`);
      this.#say(`{"jsonrpc":"2.0","id":${id},"result":${resultOf(line)}}`);
    } else if (name === 'fail') {
      this.#say(`{"jsonrpc":"2.0","id":${id},"error":{"code":-32099,"message":"no","data":${NUMBERS}}}`);
    } else {
      this.#asking = id;
      if (name === 'roots') return this.#say('{"jsonrpc":"2.0","id":7,"method":"roots/list"}');
      const params = '{"message":"?","requestedSchema":{"type":"object","properties":{}}}';
      this.#say(`{"jsonrpc":"2.0","id":9007199254740993,"method":"elicitation/create","params":${params}}`);
    }
  }
}

function resultOf(line: string): string {
  return `{"content":[{"type":"text","text":${JSON.stringify(line)}}],"structuredContent":{"numbers":${NUMBERS}}}`;
}

/** The same over Streamable HTTP, with answers as JSON or as event streams, or over HTTP+SSE. */
export async function startVerbatim(kind: 'json' | 'events' | 'sse'): Promise<{ url: string; stop(): void }> {
  let stream: ServerResponse | undefined;
  const server = createServer(async (req, res) => {
    if (req.method === 'GET' && kind === 'sse') {
      stream = res.writeHead(200, { 'content-type': 'text/event-stream' });
      return void res.write('event: endpoint\ndata: /post\n\n');
    }
    if (req.method !== 'POST') return void res.writeHead(405).end();
    const said: string[] = [];
    new Verbatim((line) => void said.push(line)).hear(await readText(req));
    if (kind === 'sse') {
      res.writeHead(202).end();
      for (const line of said) stream?.write(`data: ${line}\n\n`);
    } else if (said.length === 0) res.writeHead(202).end();
    else if (kind === 'events') {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).end(said.map((line) => `data: ${line}\n\n`).join(''));
    } else res.writeHead(200, { 'content-type': 'application/json' }).end(said.at(-1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${kind}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const verbatim = new Verbatim((line) => void process.stdout.write(`${line}\n`));
  createInterface({ input: process.stdin }).on('line', (line) => verbatim.hear(line));
}
