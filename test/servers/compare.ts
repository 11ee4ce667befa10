import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { connectV2 } from '../support/clients.ts';
import { type NodeRow, writeSettings } from '../support/cluster.ts';
import { HubProcess } from '../support/process.ts';
import type { Command } from './installed.ts';
import type { RealServer } from './list.ts';
import { type Offer, offerOf, outcomeOf } from './offer.ts';

/** What a server gives: its lists, and the outcome of its call. */
interface Given {
  offer: Offer;
  outcome: unknown;
}

export interface Row {
  name: string;
  tools: number;
  /** From the start of the hub. */
  seconds: number;
  /** Where the hub gives something else than the server. */
  problems: string[];
}

export interface Report {
  rows: Row[];
  /** Until all servers were up. */
  seconds: number;
}

/** Milliseconds for all servers together to come up. */
const PATIENCE = 300_000;

/**
 * Starts the hub with all servers, and compares what clients of both eras get from each with what the server itself gives.
 * @param folder for settings and logs
 */
export async function compareServers(
  folder: string,
  servers: readonly RealServer[],
  commands: Readonly<Record<string, Command>>,
): Promise<Report> {
  const hubFolder = join(folder, 'hub');
  mkdirSync(hubFolder);
  writeSettings(hubFolder, { mcpServers: commands as never });
  const began = performance.now();
  const hub = new HubProcess(
    {
      HOME: hubFolder,
      PORT: '0',
      METRICS_PORT: '0',
      HOST: '127.0.0.1',
      MCPHUB_SETTING_PATH: join(hubFolder, 'mcp_settings.json'),
    },
    [],
    hubFolder,
  );
  try {
    const url = await hub.listening('coordinator');
    const up = await whenUp(url, servers, began);
    const rows: Row[] = [];
    for (const server of servers) {
      const seconds = up.get(server.name);
      if (typeof seconds !== 'number')
        rows.push({ name: server.name, tools: 0, seconds: 0, problems: [String(seconds)] });
      else rows.push({ ...(await compare(url, server, commands[server.name] as Command)), seconds });
    }
    return { rows, seconds: Math.max(...rows.map(({ seconds }) => seconds)) };
  } finally {
    await hub.kill('SIGTERM');
    const left = await hub.leftovers();
    if (left.length > 0) process.stdout.write(`left behind: ${left.join('; ')}\n`);
  }
}

type States = Record<string, { status: string; reason?: string }>;

/** Seconds until each server was up, or why it is not. */
async function whenUp(
  url: string,
  servers: readonly RealServer[],
  began: number,
): Promise<Map<string, number | string>> {
  const up = new Map<string, number | string>();
  for (;;) {
    const { data } = (await (await fetch(`${url}/api/cluster/nodes`)).json()) as { data: NodeRow[] };
    note(up, servers, (data[0]?.metadata?.serverStatus ?? {}) as States, performance.now() - began);
    const all = [...up.values()].every((value) => typeof value === 'number');
    if (all || performance.now() - began > PATIENCE) return up;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function note(up: Map<string, number | string>, servers: readonly RealServer[], states: States, age: number): void {
  for (const { name } of servers) {
    const { status, reason = 'no reason' } = states[name] ?? { status: 'unknown' };
    if (status !== 'connected') up.set(name, `it is ${status}: ${reason}`);
    else if (typeof up.get(name) !== 'number') up.set(name, Math.round(age / 100) / 10);
  }
}

async function compare(url: string, server: RealServer, command: Command): Promise<Omit<Row, 'seconds'>> {
  const { name } = server;
  const problems: string[] = [];
  const direct = await given(server, await directly(command));
  for (const era of ['legacy', 'modern'] as const) {
    try {
      const served = await given(server, await connectV2(`${url}/mcp/${encodeURIComponent(name)}`, era));
      for (const [list, items] of Object.entries(direct.offer)) {
        const got = served.offer[list as keyof Offer];
        const wanted = era === 'modern' ? items.map(inModern) : items;
        if (!isDeepStrictEqual(got, wanted)) problems.push(`${era}: ${list} differ: ${difference(got, wanted)}`);
      }
      if (!isDeepStrictEqual(served.outcome, direct.outcome))
        problems.push(`${era}: ${server.call.name} gives ${short(served.outcome)}, not ${short(direct.outcome)}`);
    } catch (error) {
      problems.push(`${era}: ${error}`);
    }
  }
  return { name, tools: direct.offer.tools.length, problems };
}

async function directly({ command, args, env }: Command): Promise<Client> {
  const client = new Client({ name: 'direct', version: '1.0.0' }, { versionNegotiation: { mode: 'legacy' } });
  await client.connect(
    new StdioClientTransport({
      command,
      args,
      env: { ...(process.env as Record<string, string>), ...env },
      stderr: 'ignore',
    }),
  );
  return client;
}

async function given({ call }: RealServer, client: Client): Promise<Given> {
  try {
    return { offer: await offerOf(client), outcome: await outcomeOf(client, call) };
  } finally {
    await client.close();
  }
}

/** How a client of 2026-07-28 sees an item: the tasks of 2025-11-25 have ended with that revision. */
function inModern(item: unknown): unknown {
  const { execution: _, ...rest } = item as Record<string, unknown>;
  return rest;
}

/** The first item that differs. */
function difference(got: readonly unknown[], wanted: readonly unknown[]): string {
  if (got.length !== wanted.length) return `${got.length} in place of ${wanted.length}`;
  const at = wanted.findIndex((item, i) => !isDeepStrictEqual(got[i], item));
  return `${short(got[at])} in place of ${short(wanted[at])}`;
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 400 ? `${text.slice(0, 400)}...` : text;
}
