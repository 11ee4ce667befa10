import { fileURLToPath } from 'node:url';
import { type ListeningProcess, startProcess } from '../../bench/process.ts';
import { everything, hosting, type MemberOptions, startCluster } from '../support/cluster.ts';
import type { Flavour } from '../support/fixture/flavour.ts';
import { PROMPT_NAMES, TOOL_NAMES } from '../support/fixture/names.ts';

/** Starts what a suite talks to, gives its URL to `use`, and ends it; whatever the suite does, no process stays. */
export type Target = <T>(use: (url: string) => Promise<T>) => Promise<T>;

type Entry = Record<string, unknown>;

const FIXTURE = fileURLToPath(new URL('../support/fixture/', import.meta.url));

/** The fixture behind the SDK's own HTTP, with nothing of ours in between. */
export function direct(flavour: Flavour): Target {
  return (use) => withFixture(flavour, ({ url }) => use(`${url}/mcp`));
}

/** The fixture as a stdio server on both nodes of a cluster, by its own route. */
export function stdio(flavour: Flavour): Target {
  return (use) => routed(stdioEntry(flavour), use);
}

/** The fixture as a remote server of both nodes, by its own route. */
export function http(flavour: Flavour): Target {
  return (use) =>
    withFixture(flavour, ({ url }) => {
      const entry = { type: 'streamable-http', url: `${url}/mcp`, ...ownConnection(flavour) };
      return routed(entry, use);
    });
}

/**
 * The route of all servers: a second server on another node, and a third that is down. The suites call tools by fixed
 * names, so those of the fixture are renamed until server, separator and name give them again.
 */
export function aggregated(flavour: Flavour): Target {
  const renamed = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, { name: name.replace(/^test_/, '') }]));
  const test = { ...stdioEntry(flavour), tools: renamed(TOOL_NAMES), prompts: renamed(PROMPT_NAMES) };
  const rest = { systemConfig: { nameSeparator: '_' } };
  const nodes = [
    { settings: hosting({ test, down: { command: 'no-such-command' } }, rest), down: ['down'] },
    { settings: hosting({ other: everything() }, rest) },
  ];
  return (use) => withCluster(nodes, '/mcp', use);
}

function routed<T>(fixture: Entry, use: (url: string) => Promise<T>): Promise<T> {
  const node = { settings: hosting({ fixture }) };
  return withCluster([node, node], '/mcp/fixture', use);
}

async function withCluster<T>(nodes: MemberOptions[], path: string, use: (url: string) => Promise<T>): Promise<T> {
  const cluster = await startCluster({ nodes });
  try {
    return await use(`${cluster.url}${path}`);
  } finally {
    await cluster.stop();
  }
}

async function withFixture<T>(flavour: Flavour, use: (server: ListeningProcess) => Promise<T>): Promise<T> {
  const server = await startProcess({ name: 'fixture', args: [`${FIXTURE}http.ts`, flavour] });
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

function stdioEntry(flavour: Flavour): Entry {
  return { command: process.execPath, args: [`${FIXTURE}stdio.ts`, flavour], ...ownConnection(flavour) };
}

/** The fixture asks its client, and keeps nothing between calls. One of 2026-07-28 asks in its answers, so that clients may share it. */
function ownConnection(flavour: Flavour): Entry {
  return flavour === 'modern' ? {} : { perSessionClient: 'calls' };
}
