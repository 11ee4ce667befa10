import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { readApi } from '../../bin/client.ts';
import { ExitError } from '../../bin/exit.ts';

describe('the management client', () => {
  let server: Server | undefined;

  async function serve(listener: RequestListener): Promise<string> {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    server = undefined;
  });

  async function failure(promise: Promise<unknown>): Promise<ExitError> {
    const error = await promise.then(
      () => new Error('succeeded'),
      (reason: unknown) => reason,
    );
    if (!(error instanceof ExitError)) throw error;
    return error;
  }

  it('keeps the base path of the address and sends the token', async () => {
    const url = await serve((request, response) => {
      const data = { path: request.url, authorization: request.headers.authorization };
      response.end(JSON.stringify({ success: true, data }));
    });
    expect(await readApi({ url: `${url}/base/`, token: 'key' }, '/api/x')).to.eql({
      path: '/base/api/x',
      authorization: 'Bearer key',
    });
  });

  it('says what to start when nothing listens', async () => {
    const url = await serve(() => undefined);
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
    expect((await failure(readApi({ url }, '/api/x'))).message).to.match(/nothing listens at .*`mcphub demo`.*--url/);
  });

  it('does not hang on a hub that does not answer', async () => {
    const url = await serve(() => undefined);
    expect((await failure(readApi({ url, timeout: 50 }, '/api/x'))).message).to.contain('did not answer within 0.05 s');
  });

  it('passes on what the hub says, and asks for a key when that is missing', async () => {
    const url = await serve((request, response) => {
      response.statusCode = request.url === '/api/closed' ? 401 : 500;
      response.end(JSON.stringify({ success: false, message: 'because' }));
    });
    expect((await failure(readApi({ url }, '/api/closed'))).message).to.match(/401: because.*--token or MCPHUB_TOKEN/);
    expect((await failure(readApi({ url }, '/api/x'))).message).to.contain('status 500: because');
  });

  it('recognises that something else listens there', async () => {
    const url = await serve((_, response) => response.end('<html>'));
    expect((await failure(readApi({ url }, '/api/x'))).message).to.contain('is not the management API of a hub');
  });

  it('refuses an address that is none, as bad usage', async () => {
    for (const url of ['localhost', 'ftp://x', '::']) {
      const error = await failure(readApi({ url }, '/api/x'));
      expect(error.exitCode).to.equal(2);
      expect(error.message).to.contain(`--url ${url} is not an address`);
    }
  });
});
