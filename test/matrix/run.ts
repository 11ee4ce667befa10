import { readFileSync, writeFileSync } from 'node:fs';
import { impossible, runCells } from './cells.ts';
import { DRIVERS } from './clients/all.ts';
import { FEATURES } from './clients/matrix-client.ts';
import { MatrixCluster, ROUTES, SERVERS } from './matrix-cluster.ts';
import { compatibilityPage, isFailure, type Row, terminalHead, terminalRow } from './report.ts';

const PAGE = new URL('../../docs/compatibility.md', import.meta.url);
const PACKAGES = [
  '@modelcontextprotocol/sdk',
  '@modelcontextprotocol/client',
  '@modelcontextprotocol/inspector',
  'mcp-remote',
];

function versionOf(name: string): string {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Every client, server and route. Arguments name clients by a part of their title; then no page is written. */
async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const drivers = DRIVERS.filter(({ title }) => wanted.length === 0 || wanted.some((part) => title.includes(part)));
  const rows: Row[] = [];
  const cluster = await MatrixCluster.start();
  try {
    for (const driver of drivers) {
      process.stdout.write(`${terminalHead(driver)}\n`);
      for (const server of SERVERS) {
        for (const route of ROUTES) {
          const cells = await runCells(driver, cluster.url, server, route);
          const row = { driver, server, route, cells, reasons: impossible(driver, server) };
          process.stdout.write(`${terminalRow(row)}\n`);
          rows.push(row);
        }
      }
    }
  } finally {
    await cluster.stop();
  }
  if (wanted.length === 0) {
    writeFileSync(PAGE, compatibilityPage(rows, Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)]))));
  }
  if (rows.some(({ cells }) => FEATURES.some((feature) => isFailure(cells[feature])))) process.exitCode = 1;
}

await main();
