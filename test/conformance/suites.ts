import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import type { Suite } from './suite.ts';

const LATEST = '@modelcontextprotocol/conformance';
const NEXT = 'conformance-next';

/** What a revision requires, as the suite froze it when the revision was released. */
function requirements(revision: string): { server: string[]; client: string[] } {
  const file = new URL(`../../node_modules/${NEXT}/requirements/${revision}.yaml`, import.meta.url);
  return load(readFileSync(file, 'utf8')) as { server: string[]; client: string[] };
}

function server(revision: string): Suite {
  const runs = [['--requirements', revision]];
  return { title: revision, folder: NEXT, leg: 'server', runs, scored: requirements(revision).server };
}

/** Authorization is left out: the hub is no OAuth client, it sends the headers that its settings say. */
function client(revision: string): Suite {
  const scored = requirements(revision).client.filter((name) => !name.startsWith('auth/'));
  const runs = scored.map((name) => ['--scenario', name, '--spec-version', revision]);
  return { title: `client, ${revision}`, folder: NEXT, leg: 'client', runs, scored };
}

export const LEGACY = server('2025-11-25');
export const MODERN = server('2026-07-28');
export const LEGACY_CLIENT = client('2025-11-25');
export const MODERN_CLIENT = client('2026-07-28');

/** All that is settled in the version that npm calls the latest: the same scenarios, with other checks. */
export const ACTIVE: Suite = {
  title: '0.1.16 active',
  folder: LATEST,
  leg: 'server',
  runs: [['--suite', 'active']],
  scored: LEGACY.scored,
};

export const ACTIVE_CLIENT: Suite = {
  title: 'client, 0.1.16',
  folder: LATEST,
  leg: 'client',
  runs: LEGACY_CLIENT.scored.map((name) => ['--scenario', name]),
  scored: LEGACY_CLIENT.scored,
};
