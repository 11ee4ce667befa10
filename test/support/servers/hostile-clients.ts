import type { Client as ClientV2 } from '@modelcontextprotocol/client';
import type { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { expect } from 'chai';
import { connectV1, connectV2, textOf } from '../clients.ts';

/** Clients of a hub that has a good server, called `good`, beside hostile ones. */
export type AnyClient = ClientV1 | ClientV2;

/** Longest that a call of the good server may take, on a machine that has other things to do. */
export const NORMAL = 1_500;
/** Those that a test has to close. */
export const clients: AnyClient[] = [];

export async function pinned(url: string, capabilities = {}): Promise<ClientV2> {
  const client = await connectV2(url, 'modern', { capabilities });
  if ('elicitation' in capabilities) client.setRequestHandler('elicitation/create', () => ({ action: 'decline' }));
  return client;
}

/** One client of each kind. */
export async function everyClient(url: string): Promise<AnyClient[]> {
  const opened = await Promise.all([connectV1(url), connectV2(url), pinned(url)]);
  clients.push(...opened);
  return opened;
}

export async function closeClients(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.close()));
}

/** All pages, as a client asks for them that follows cursors by itself. */
export async function toolNames(client: AnyClient): Promise<string[]> {
  const names: string[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await client.listTools(cursor === undefined ? undefined : { cursor });
    names.push(...page.tools.map(({ name }) => name));
    cursor = page.nextCursor;
  }
  return names;
}

/** Calls of the good server while something else goes on. @returns the longest, in milliseconds */
export async function slowest(client: AnyClient, meanwhile: Promise<unknown>): Promise<number> {
  const state = { over: false };
  const ended = meanwhile.finally(() => {
    state.over = true;
  });
  let longest = 0;
  do {
    const began = performance.now();
    expect(textOf(await client.callTool({ name: 'good-echo', arguments: { message: 'fine' } }))).to.equal('fine');
    longest = Math.max(longest, performance.now() - began);
  } while (!state.over);
  await ended;
  return longest;
}

export const expectGood = (names: readonly string[]) => expect(names).to.include.members(['good-echo', 'good-sleep']);
