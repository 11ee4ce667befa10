import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareServers } from './compare.ts';
import { installed } from './installed.ts';
import { realServers } from './list.ts';

/**
 * Real servers of others behind the hub, all in one settings file, against the same servers asked directly:
 * `npm run servers [-- --only NAME ...]`. Ends with 1 when anything differs.
 */

/** Of a cluster that is not there; JSON is YAML. */
const KUBECONFIG = {
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'none', cluster: { server: 'http://127.0.0.1:9' } }],
  users: [{ name: 'none', user: {} }],
  contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
  'current-context': 'none',
};

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
const folder = mkdtempSync(join(tmpdir(), 'mcphub-servers-'));
try {
  const data = join(folder, 'data');
  mkdirSync(data);
  writeFileSync(join(data, 'kubeconfig.yaml'), JSON.stringify(KUBECONFIG));
  const all = realServers(data);
  const start = await installed(all);
  const servers = all.filter(({ name }) => values.only?.includes(name) ?? true);
  const commands = Object.fromEntries(servers.map((server) => [server.name, start(server)]));
  const report = await compareServers(folder, servers, commands);
  for (const { name, seconds, problems, tools } of report.rows) {
    process.stdout.write(`${problems.length === 0 ? 'ok  ' : 'BAD '} ${name}: ${tools} tools, up after ${seconds} s\n`);
    for (const problem of problems) process.stdout.write(`       ${problem}\n`);
  }
  process.stdout.write(`${report.rows.length} servers, all up after ${report.seconds} s\n`);
  process.exitCode = report.rows.every(({ problems }) => problems.length === 0) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
