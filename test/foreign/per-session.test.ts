import { createMCPClient } from '@ai-sdk/mcp';
import { Client, type PriorDiscovery, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect } from 'chai';
import { textOf } from '../support/clients.ts';
import { Nodes } from '../support/node.ts';
import { echoServer } from '../support/servers/hub.ts';
import { goProgram, outcomeOf, pythonProgram } from './programs.ts';

interface Outcome {
  answers: string[];
  error?: string;
}

/** A client that connects in one of its ways, and asks three times for the process that serves it. */
type Foreign = (url: string) => Promise<Outcome>;

const CALLS = 3;
const INFO = { name: 'foreign', version: '1.0.0' };

/** Calls the tool `pid`; an error ends the row. */
async function callAll(call: () => Promise<unknown>): Promise<Outcome> {
  const answers: string[] = [];
  try {
    for (let count = 0; count < CALLS; count++) answers.push(textOf(await call()));
    return { answers };
  } catch (error) {
    return { answers, error: (error as Error).message };
  }
}

/** @param prior what the client believes to have been told earlier, so that it does not ask */
function typescript(mode: 'auto' | 'legacy', prior?: PriorDiscovery): Foreign {
  return async (url) => {
    const client = new Client(INFO, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)), prior === undefined ? {} : { prior });
    const outcome = await callAll(() => client.callTool({ name: 'pid', arguments: {} }));
    await client.close();
    return outcome;
  };
}

/** @param protocolVersionDiscovery whether it sends `server/discover` */
function aiSdk(protocolVersionDiscovery: boolean): Foreign {
  return async (url) => {
    const client = await createMCPClient({ transport: { type: 'http', url }, protocolVersionDiscovery });
    const { pid } = await client.tools();
    const outcome = await callAll(async () => pid?.execute({}, { toolCallId: '1', messages: [], context: {} }));
    await client.close();
    return outcome;
  };
}

const MODERN: PriorDiscovery = {
  kind: 'modern',
  discover: {
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
    ttlMs: 0,
    cacheScope: 'private',
    resultType: 'complete',
  },
};

describe('a server with a process for each client, and clients that are not ours', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stop());

  /** Two clients at once, each of which must have one process, and none the other's. */
  async function eachHasItsOwn(client: Foreign): Promise<void> {
    const { url } = await nodes.start({
      mcpServers: { own: echoServer([], { perSessionClient: true }), shared: echoServer() },
    });
    const both = await Promise.all([client(`${url}/mcp/own`), client(`${url}/mcp/own`)]);
    for (const { answers, error } of both) {
      expect(error).to.equal(undefined);
      expect(answers).to.have.length(CALLS);
      expect(new Set(answers).size, 'processes of one client').to.equal(1);
    }
    expect(both[0]?.answers[0]).not.to.equal(both[1]?.answers[0]);
  }

  /** One that does not open a session by itself is told what to do, and no process is lent to it. */
  async function isToldWhatToDo(client: Foreign): Promise<void> {
    const { url } = await nodes.start({ mcpServers: { own: echoServer([], { perSessionClient: true }) } });
    const { answers, error } = await client(`${url}/mcp/own`);
    expect(answers).to.eql([]);
    expect(error).to.include('initialize').and.include('X-MCPHub-State-Id');
  }

  describe('TypeScript SDK v2', () => {
    it('do not mix when it asks first what is offered', () => eachHasItsOwn(typescript('auto')));
    it('do not mix when it opens a session at once', () => eachHasItsOwn(typescript('legacy')));
    it('are not served in a revision that it was not offered', () => isToldWhatToDo(typescript('auto', MODERN)));
  });

  describe('@ai-sdk/mcp', () => {
    it('do not mix when it asks first what is offered', () => eachHasItsOwn(aiSdk(true)));
    it('do not mix when it opens a session at once', () => eachHasItsOwn(aiSdk(false)));
  });

  describe('Python SDK', () => {
    let program: Awaited<ReturnType<typeof pythonProgram>>;
    before(async function () {
      program = await pythonProgram(this, 'client.py');
    });
    const python =
      (mode: string): Foreign =>
      (url) =>
        outcomeOf(program, url, mode, 'pid', String(CALLS));

    it('do not mix when it asks first what is offered', () => eachHasItsOwn(python('auto'))).timeout(60_000);
    it('do not mix when it opens a session at once', () => eachHasItsOwn(python('legacy'))).timeout(60_000);
    it('are not served in a revision that it was not offered', () => isToldWhatToDo(python('2026-07-28'))).timeout(
      60_000,
    );
  });

  describe('Go SDK', () => {
    let program: Awaited<ReturnType<typeof goProgram>>;
    before(async function () {
      program = await goProgram(this);
    });
    const go =
      (mode: string): Foreign =>
      (url) =>
        outcomeOf(program, url, mode, 'pid', String(CALLS));

    it('do not mix when it asks first what is offered', () => eachHasItsOwn(go('auto'))).timeout(60_000);
    it('do not mix when it opens a session at once', () => eachHasItsOwn(go('2025-11-25'))).timeout(60_000);
  });
});
