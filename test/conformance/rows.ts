import { fileURLToPath } from 'node:url';
import { startProcess } from '../../bench/process.ts';
import { everything, hosting, type MemberOptions, startCluster } from '../support/cluster.ts';
import { promptNames, toolNames } from '../support/fixture/names.ts';
import { ACTIVE, LEGACY, MODERN, runSuite, type Scenario, type Suite } from './suite.ts';

const FIXTURE = fileURLToPath(new URL('../support/fixture/', import.meta.url));

type Flavour = 'legacy' | 'dual' | 'modern';

/** What stands between the suite and the fixture. */
export interface Row {
  title: string;
  suite: Suite;
  /** At least so many scenarios pass. */
  least: number;
  run(): Promise<Scenario[]>;
}

function stdio(flavour: Flavour): Record<string, unknown> {
  if (flavour === 'legacy') return entry('stdio.ts');
  return flavour === 'dual' ? entry('modern-stdio.ts') : entry('modern-stdio.ts', 'modern-only');
}

function entry(file: string, ...args: string[]): Record<string, unknown> {
  return { command: process.execPath, args: [`${FIXTURE}${file}`, ...args], perSessionClient: true };
}

/** Runs a suite against a coordinator; whatever the suite does, no process stays. */
async function onCluster(nodes: MemberOptions[], suite: Suite, path: string): Promise<Scenario[]> {
  const cluster = await startCluster({ nodes });
  try {
    return await runSuite(`${cluster.url}${path}`, suite);
  } finally {
    await cluster.stop();
  }
}

/** The fixture's own route, on two nodes. */
function route(suite: Suite, flavour: Flavour, least = suite.scenarios, title = 'server route'): Row {
  const fixture = stdio(flavour);
  const node = { settings: hosting({ fixture }) };
  const run = () => onCluster([node, node], suite, '/mcp/fixture');
  return { title: `${title}, stdio ${NAMES[flavour]}`, suite, least, run };
}

const NAMES: Record<Flavour, string> = {
  legacy: 'of older revisions',
  dual: 'of both eras',
  modern: '2026-07-28 only',
};

/**
 * The route of all servers: a second server on another node, and a third that is down. The suite calls tools by fixed names, so the
 * tools of the fixture are renamed until server, separator and name give them again.
 */
function aggregated(suite: Suite, flavour: Flavour): Row {
  const renamed = (names: string[]) =>
    Object.fromEntries(names.map((name) => [name, { name: name.replace(/^test_/, '') }]));
  const fixture = { ...stdio(flavour), tools: renamed(toolNames()), prompts: renamed(promptNames()) };
  const rest = { systemConfig: { nameSeparator: '_' } };
  const nodes = [
    { settings: hosting({ test: fixture, down: { command: 'no-such-command' } }, rest), down: ['down'] },
    { settings: hosting({ other: everything() }, rest) },
  ];
  const title = `route of all servers, stdio ${NAMES[flavour]}`;
  return { title, suite, least: suite.scenarios, run: () => onCluster(nodes, suite, '/mcp') };
}

/** A remote server of the fixture over Streamable HTTP. */
function remote(suite: Suite, file: string, title: string, perSessionClient: boolean): Row {
  return {
    title: `server route, ${title}`,
    suite,
    least: suite.scenarios,
    run: async () => {
      const server = await startProcess({ name: 'fixture', args: [`${FIXTURE}${file}`] });
      try {
        const fixture = { type: 'streamable-http', url: `${server.url}/mcp`, perSessionClient };
        const node = { settings: hosting({ fixture }) };
        return await onCluster([node, node], suite, '/mcp/fixture');
      } finally {
        await server.stop();
      }
    },
  };
}

/** The fixture behind the SDK's own transport: what the suite says without anything of ours. */
function direct(suite: Suite, file: string): Row {
  return {
    title: 'direct',
    suite,
    least: suite.scenarios,
    run: async () => {
      const server = await startProcess({ name: 'fixture', args: [`${FIXTURE}${file}`] });
      try {
        return await runSuite(`${server.url}/mcp`, suite);
      } finally {
        await server.stop();
      }
    },
  };
}

export const ROWS: readonly Row[] = [
  direct(ACTIVE, 'http.ts'),
  route(ACTIVE, 'legacy'),
  aggregated(ACTIVE, 'legacy'),
  remote(ACTIVE, 'http.ts', 'HTTP of older revisions', true),
  direct(LEGACY, 'http.ts'),
  route(LEGACY, 'legacy'),
  route(LEGACY, 'dual'),
  aggregated(LEGACY, 'legacy'),
  route(LEGACY, 'modern', 26, 'bridge: legacy client'),
  direct(MODERN, 'modern-http.ts'),
  route(MODERN, 'dual'),
  route(MODERN, 'modern'),
  aggregated(MODERN, 'dual'),
  remote(MODERN, 'modern-http.ts', 'HTTP 2026-07-28', false),
  route(MODERN, 'legacy', 34, 'bridge: modern client'),
];
