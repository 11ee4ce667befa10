import { fileURLToPath } from 'node:url';
import type { Flavour } from '../support/fixture/flavour.ts';
import { type Outcome, runSuite, type Suite } from './suite.ts';
import { ACTIVE, ACTIVE_CLIENT, LEGACY, LEGACY_CLIENT, MODERN, MODERN_CLIENT } from './suites.ts';
import { aggregated, direct, http, stdio, type Target } from './targets.ts';

/** A suite, and what stands between it and the fixture. */
export interface Row {
  title: string;
  suite: Suite;
  /** At least so many scenarios pass. */
  least: number;
  /** Runs with the tests, not only with `npm run conformance`. */
  quick: boolean;
  run(): Promise<Outcome>;
}

const SPEAKS: Record<Flavour, string> = {
  legacy: 'of older revisions',
  dual: 'of both eras',
  modern: '2026-07-28 only',
};

type Options = Partial<Pick<Row, 'least' | 'quick'>>;

function row(suite: Suite, title: string, target: Target, options: Options = {}): Row {
  const run = () => target((url) => runSuite(suite, url));
  return { title, suite, least: suite.scored.length, quick: false, run, ...options };
}

function rowsOf(suite: Suite, direct_: Flavour[], ...routed: Row[]): Row[] {
  return [...direct_.map((flavour) => row(suite, `direct, HTTP ${SPEAKS[flavour]}`, direct(flavour))), ...routed];
}

function server(suite: Suite, transport: 'stdio' | 'HTTP', flavour: Flavour, options?: Options): Row {
  const target = transport === 'stdio' ? stdio(flavour) : http(flavour);
  return row(suite, `server route, ${transport} ${SPEAKS[flavour]}`, target, options);
}

function all(suite: Suite, flavour: Flavour, options?: Options): Row {
  return row(suite, `route of all servers, stdio ${SPEAKS[flavour]}`, aggregated(flavour), options);
}

/** A client of one era at a server that speaks the other alone. */
function bridge(suite: Suite, transport: 'stdio' | 'HTTP', least: number, options?: Options): Row {
  const flavour = suite === MODERN ? 'legacy' : 'modern';
  const target = transport === 'stdio' ? stdio(flavour) : http(flavour);
  const who = suite === MODERN ? 'modern client' : 'legacy client';
  return row(suite, `bridge: ${who}, ${transport} ${SPEAKS[flavour]}`, target, { least, ...options });
}

const DRIVER = fileURLToPath(new URL('client/driver.ts', import.meta.url));

/** The suite is the server: an SDK client talks to it, directly or through a coordinator and a node. */
function clients(suite: Suite, quick = false): Row[] {
  const command = `${process.execPath} ${DRIVER}`;
  const least = suite.scored.length;
  return [
    { title: 'direct', suite, least, quick: false, run: () => runSuite(suite, command) },
    { title: 'hub', suite, least, quick, run: () => runSuite(suite, `${command} hub`) },
  ];
}

export const ROWS: readonly Row[] = [
  ...rowsOf(
    ACTIVE,
    ['legacy', 'dual'],
    server(ACTIVE, 'stdio', 'legacy', { quick: true }),
    server(ACTIVE, 'stdio', 'dual'),
    server(ACTIVE, 'HTTP', 'legacy'),
    server(ACTIVE, 'HTTP', 'dual'),
    all(ACTIVE, 'dual'),
    bridge(ACTIVE, 'stdio', 30),
    bridge(ACTIVE, 'HTTP', 30),
  ),
  ...rowsOf(
    LEGACY,
    ['legacy', 'dual'],
    server(LEGACY, 'stdio', 'legacy'),
    server(LEGACY, 'stdio', 'dual'),
    server(LEGACY, 'HTTP', 'legacy'),
    server(LEGACY, 'HTTP', 'dual'),
    all(LEGACY, 'legacy', { quick: true }),
    all(LEGACY, 'dual'),
    bridge(LEGACY, 'stdio', 30, { quick: true }),
    bridge(LEGACY, 'HTTP', 30),
  ),
  ...rowsOf(
    MODERN,
    ['modern', 'dual'],
    server(MODERN, 'stdio', 'modern'),
    server(MODERN, 'stdio', 'dual'),
    server(MODERN, 'HTTP', 'modern'),
    server(MODERN, 'HTTP', 'dual'),
    all(MODERN, 'dual', { quick: true }),
    bridge(MODERN, 'stdio', 34, { quick: true }),
    bridge(MODERN, 'HTTP', 34),
  ),
  ...clients(ACTIVE_CLIENT),
  ...clients(LEGACY_CLIENT, true),
  ...clients(MODERN_CLIENT),
];
