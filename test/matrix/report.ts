import type { Cells } from './cells.ts';
import { type Driver, FEATURES } from './clients/matrix-client.ts';
import type { MatrixRoute, MatrixServer } from './matrix-cluster.ts';

/** One server as one client saw it on one route. */
export interface Row {
  driver: Driver;
  server: MatrixServer;
  route: MatrixRoute;
  cells: Cells;
  /** Why a cell is `-`, by feature. */
  reasons: Partial<Record<string, string>>;
}

/** The lines of a terminal for one row. */
export function terminalRow({ server, route, cells }: Row): string {
  const marks = FEATURES.map((feature) => mark(cells[feature]).padEnd(feature.length)).join('  ');
  const failures = FEATURES.filter((feature) => isFailure(cells[feature]));
  const details = failures.map((feature) => `\n      ${feature}: ${cells[feature]}`).join('');
  return `  ${server.title.padEnd(28)}${route.title.padEnd(8)}${marks}${details}`;
}

export function terminalHead(driver: Driver): string {
  return `${driver.title}\n  ${''.padEnd(36)}${FEATURES.join('  ')}`;
}

export function isFailure(cell: string): boolean {
  return cell !== 'pass' && cell !== '-';
}

function mark(cell: string): string {
  return isFailure(cell) ? 'FAIL' : cell;
}

/** `docs/compatibility.md`; the same results give the same text. */
export function compatibilityPage(rows: readonly Row[], versions: Readonly<Record<string, string>>): string {
  const notes: string[] = [];
  const drivers = [...new Set(rows.map(({ driver }) => driver))];
  const sections = drivers.map((driver) => {
    const own = rows.filter((row) => row.driver === driver);
    return `## ${driver.title}\n\n${tables(own, notes)}\n`;
  });
  return `# Compatibility

Which features of MCP work between clients that people use and servers of every kind, through a coordinator and two nodes that both
have all servers. \`npm run matrix\` tries each of them and writes this page; \`test/matrix\` has the servers and what is tried.

- **call**: the list of tools, and a call. **progress**: three reports, in order. **cancel**: the server hears that the client gave up.
- **elicit**: the server asks the client's user. **list change**: the client hears of a new tool. **resource update**: and of a change
  of a resource that it follows.

The clients: ${Object.entries(versions)
    .map(([name, version]) => `\`${name}\` ${version}`)
    .join(', ')}. Clients that speak 2026-07-28 send \`X-MCPHub-State-Id\`, so that all their requests meet the same
process of a server; see \`docs/http-api.md\`. A server "per session" has \`perSessionClient\` in its entry. Unless a table names a route,
the results are the same on the routes of one server, of a group and of all servers.

${sections.join('\n')}
${notes.map((note, i) => `[^${i + 1}]: ${note}.`).join('\n')}
`;
}

/** One table when all routes agree, else one for each. */
function tables(rows: readonly Row[], notes: string[]): string {
  const routes = [...new Set(rows.map(({ route }) => route))];
  const texts = routes.map((route) =>
    table(
      rows.filter((row) => row.route === route),
      notes,
    ),
  );
  if (new Set(texts).size === 1) return texts[0] ?? '';
  return routes.map(({ title }, i) => `Route: ${title}\n\n${texts[i]}`).join('\n\n');
}

function table(rows: readonly Row[], notes: string[]): string {
  const head = `| server | ${FEATURES.join(' | ')} |\n|---|${FEATURES.map(() => '---|').join('')}`;
  const lines = rows.map(({ server, cells, reasons }) => {
    const marks = FEATURES.map((feature) => {
      const cell = cells[feature];
      if (cell === 'pass') return cell;
      const text = cell === '-' ? cell : '**fail**';
      return `${text}[^${numberOf(notes, cell === '-' ? (reasons[feature] ?? '') : cell)}]`;
    });
    return `| ${server.title} | ${marks.join(' | ')} |`;
  });
  return [head, ...lines].join('\n');
}

function numberOf(notes: string[], note: string): number {
  const known = notes.indexOf(note);
  return known < 0 ? notes.push(note) : known + 1;
}
