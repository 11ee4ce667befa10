import { strictEqual } from 'node:assert';
import fc from 'fast-check';
import { createEdge } from '../../router/edge/edge.ts';
import { readHead } from '../../router/edge/head.ts';
import { parseSettings } from '../../settings/load.ts';
import { fixedSettings } from '../../settings/store.ts';
import { edited, edits } from './arbitrary/edits.ts';
import { latin1, visibleAscii } from './arbitrary/texts.ts';
import { type Property, pure } from './property.ts';

const ALLOWED_HOST = 'mcp.example.com';
const ALLOWED_ORIGIN = 'https://app.example.com';
const routing = { allowedHosts: [ALLOWED_HOST], allowedOrigins: [ALLOWED_ORIGIN] };
const edge = createEdge(fixedSettings(parseSettings({ systemConfig: { routing } })), '127.0.0.1');

const OWN = ['localhost', '127.0.0.1', '[::1]', ALLOWED_HOST, ALLOWED_ORIGIN, 'http://localhost:5173', 'https://[::1]'];
const own = fc.constantFrom(...OWN);
const almostOwn = fc
  .tuple(own, own, edits, fc.constantFrom('', '.evil.example', '@evil.example', ':80', ':80:80', '/', '#localhost'))
  .map(([first, second, changes, end]) => edited(first, second, changes) + end);
const value = fc.oneof(own, almostOwn, visibleAscii(0, 20), latin1(12));

/** Host and Origin (RFC 9110, section 7.2; RFC 6454) that lead to this machine or are allowed by name. */
function isOwnHost(host: string): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\]|mcp\.example\.com)(:\d*)?$/i.test(host);
}

function isOwnOrigin(origin: string): boolean {
  return origin === ALLOWED_ORIGIN || /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(origin);
}

function letsNobodyElseIn(host: string, origin: string): void {
  const head = readHead(['Host', host, 'Origin', origin]);
  const hostRefused = edge.checkHost(head.host) !== undefined;
  const originRefused = edge.checkOrigin(head) !== undefined;
  if (!hostRefused) strictEqual(isOwnHost(host), true, `Host ${host} was let in`);
  if (!originRefused) strictEqual(isOwnOrigin(origin), true, `Origin ${origin} was let in`);
  if (OWN.includes(host)) strictEqual(hostRefused, !isOwnHost(host), `Host ${host} was refused`);
  if (OWN.includes(origin)) strictEqual(originRefused, !isOwnOrigin(origin), `Origin ${origin} was refused`);
  if (!originRefused) strictEqual(edge.corsHeaders(head)[1], origin);
}

/** Host and Origin checks (router/edge/edge.ts). */
export const ORIGINS: readonly Property[] = [
  pure(
    'origins: no name that only looks like an allowed one is let in',
    4_000,
    300,
    fc.property(value, value, letsNobodyElseIn),
  ),
];
