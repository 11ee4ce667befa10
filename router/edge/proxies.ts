import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { readAddressRange } from '../../settings/address-range.ts';
import type { RouterContext } from '../context.ts';
import type { ProxyHeaders, RequestHead } from './head.ts';

/** How a request left its client, as far as proxies in front tell. */
export interface Told {
  address?: string | undefined;
  host?: string | undefined;
  proto?: string | undefined;
  prefix?: string | undefined;
}

const NOTHING: Told = {};
const HOST = /^[\w.:[\]-]{1,255}$/;
const PREFIX = /^(?:\/[\w.~%-]+)+\/?$/;

/** Settings are read anew as a whole, so that a list stands for what is in it. */
const lists = new WeakMap<readonly string[], BlockList>();

/**
 * Whether an address is one of the proxies that are trusted.
 * @param ranges of `systemConfig.routing.trustedProxies`
 */
export function isTrusted(ranges: readonly string[], address: string): boolean {
  const version = isIP(address);
  return version !== 0 && listOf(ranges).check(address, version === 4 ? 'ipv4' : 'ipv6');
}

function listOf(ranges: readonly string[]): BlockList {
  const known = lists.get(ranges);
  if (known !== undefined) return known;
  const list = new BlockList();
  for (const text of ranges) {
    const range = readAddressRange(text);
    if (range !== undefined) list.addSubnet(range.address, range.bits, range.family);
  }
  lists.set(ranges, list);
  return list;
}

/** What proxies that the settings trust say of a request; nothing where there is none. */
export function toldOf(
  { settings }: Pick<RouterContext, 'settings'>,
  { socket }: Pick<IncomingMessage, 'socket'>,
  { proxied }: RequestHead,
): Told {
  return toldByProxies(settings.current.systemConfig.routing.trustedProxies, socket.remoteAddress, proxied);
}

/**
 * What trusted proxies say of a request, in `X-Forwarded-*` or in `Forwarded` (RFC 7239). A proxy writes one of the two and may pass
 * on the other as a client wrote it: where both are there, only what they agree on counts.
 * @param sender the address that the connection comes from
 */
export function toldByProxies(
  ranges: readonly string[],
  sender: string | undefined,
  headers: ProxyHeaders | undefined,
): Told {
  if (headers === undefined || ranges.length === 0 || sender === undefined || !isTrusted(ranges, sender))
    return NOTHING;
  const { forwarded, ...others } = headers;
  const first = Object.keys(others).length === 0 ? undefined : ofXForwarded(ranges, others);
  const second = forwarded === undefined ? undefined : ofForwarded(ranges, forwarded);
  return first !== undefined && second !== undefined ? agreed(first, second) : (first ?? second ?? NOTHING);
}

function agreed(first: Told, second: Told): Told {
  const same = (field: keyof Told) => (first[field] === second[field] ? first[field] : undefined);
  return { address: same('address'), host: same('host'), proto: same('proto'), prefix: same('prefix') };
}

/** Each proxy appends, so that the last value is that of the nearest one. */
function ofXForwarded(ranges: readonly string[], headers: Omit<ProxyHeaders, 'forwarded'>): Told {
  const addresses = (headers.for ?? '').split(',').map(addressIn);
  const prefix = lastOf(headers.prefix);
  return {
    address: addresses[farthest(ranges, addresses)],
    host: hostIn(lastOf(headers.host)),
    proto: lastOf(headers.proto)?.toLowerCase(),
    prefix: prefix !== undefined && PREFIX.test(prefix) ? prefix.replace(/\/$/, '') : undefined,
  };
}

/** Whoever names the client's address names the rest beside it. */
function ofForwarded(ranges: readonly string[], header: string): Told {
  const elements = header.split(',').map((element) => {
    const pairs = element.split(';').map((pair) => {
      const equals = pair.indexOf('=');
      const value = pair.slice(equals + 1).trim();
      return [pair.slice(0, equals).trim().toLowerCase(), value.replace(/^"(.*)"$/, '$1')] as const;
    });
    return new Map(pairs);
  });
  const addresses = elements.map((element) => addressIn(element.get('for') ?? ''));
  const found = farthest(ranges, addresses);
  const element = elements[found];
  return {
    address: addresses[found],
    host: hostIn(element?.get('host')),
    proto: element?.get('proto')?.toLowerCase(),
  };
}

/** From the end, the first address that is not a trusted proxy's; what stands before it anybody may have written. */
function farthest(ranges: readonly string[], addresses: readonly (string | undefined)[]): number {
  for (let at = addresses.length - 1; at >= 0; at--) {
    const address = addresses[at];
    if (address === undefined) return Math.min(at + 1, addresses.length - 1);
    if (at === 0 || !isTrusted(ranges, address)) return at;
  }
  return -1;
}

/** The address in `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`. */
function addressIn(text: string): string | undefined {
  const [, bracketed, bare] = /^\[([^\]]+)\](?::\d+)?$|^([^:]+)(?::\d+)?$/.exec(text.trim()) ?? [];
  const address = bracketed ?? bare ?? text.trim();
  return isIP(address) === 0 ? undefined : address;
}

function hostIn(text: string | undefined): string | undefined {
  return text !== undefined && HOST.test(text) ? text : undefined;
}

function lastOf(list: string | undefined): string | undefined {
  return list?.slice(list.lastIndexOf(',') + 1).trim();
}
