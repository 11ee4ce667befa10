import { request } from 'node:http';
import { expect } from 'chai';
import { CLUSTER_TOKEN } from '../../mcp/headers.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';

describe('the port of a node', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  const routing = { allowedHosts: ['mcp.example.com'], allowedOrigins: ['https://app.example.com'] };
  const settings = { mcpServers: { a: echoServer() }, systemConfig: { routing } };

  function ask(url: string, headers: Record<string, string>): Promise<[status: number | undefined, body: string]> {
    return new Promise((resolve, reject) => {
      request(url, { headers, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => resolve([response.statusCode, body]));
      })
        .on('error', reject)
        .end();
    });
  }

  it('is not reached by a web page: neither by a name that was made to lead to it, nor from another origin', async () => {
    const { url } = await nodes.start(settings);
    for (const path of ['/health', '/mcp', '/sse', '/trunk']) {
      for (const host of ['evil.example.com', 'localhost.evil.com:3000']) {
        const [status, body] = await ask(url + path, { host });
        expect(status, `${path} of ${host}`).to.equal(403);
        expect(body).to.include('MCPHUB_HOST_REFUSED');
      }
      for (const origin of [
        'https://evil.example.com',
        'http://localhost.evil.com',
        'https://app.example.com.evil.com',
      ]) {
        const [status, body] = await ask(url + path, { origin });
        expect(status, `${path} from ${origin}`).to.equal(403);
        expect(body).to.include('MCPHUB_ORIGIN_REFUSED');
      }
    }
    for (const headers of [
      { host: 'mcp.example.com:8443' },
      { host: 'localhost' },
      { host: '[::1]:80' },
      { origin: 'https://app.example.com' },
      { origin: 'http://localhost:5173' },
    ]) {
      expect((await ask(`${url}/health`, headers))[0], JSON.stringify(headers)).to.equal(200);
    }
  });

  it('is reached by members, whatever they call it', async () => {
    const { url } = await nodes.start(settings, { clusterTokens: () => ['t'] });
    const headers = { host: 'node.cluster.internal', origin: 'https://elsewhere.example.com' };
    expect((await ask(`${url}/health`, headers))[0]).to.equal(403);
    expect((await ask(`${url}/health`, { ...headers, [CLUSTER_TOKEN]: 't' }))[0]).to.equal(200);
  });

  it('is reached by its own name and by IP addresses without a token, though only other names are listed', async () => {
    const { url } = await nodes.start(settings, {
      listen: { host: '0.0.0.0', port: 0, basePath: '' },
      identity: { id: 'node-1', name: 'node-1', url: 'http://node-1.nodes:3000' },
    });
    const { port } = new URL(url);
    const at = `http://127.0.0.1:${port}/health`;
    for (const host of ['node-1.nodes:3000', `10.1.2.3:${port}`, '[fd00::1]:80']) {
      expect((await ask(at, { host }))[0], host).to.equal(200);
    }
    expect((await ask(at, { host: 'evil.example.com' }))[0]).to.equal(403);
  });
});
