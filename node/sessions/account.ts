import type { IncomingHttpHeaders } from 'node:http';
import { isIPv6 } from 'node:net';

/**
 * Who counts for the limits of a node: the principal, or where nobody has to say who they are, the network of the client's address
 * as the coordinator tells it. Empty without a coordinator, where nobody is told apart.
 * @param principal empty where nobody has to say who they are
 */
export function accountOf(headers: IncomingHttpHeaders, principal: string): string {
  if (principal !== '') return `key ${principal}`;
  const told = headers['x-forwarded-for'];
  // The last one is what the coordinator itself says, whatever stands before it.
  return typeof told === 'string' ? `address ${networkOf(told.slice(told.lastIndexOf(',') + 1).trim())}` : '';
}

/** An IPv4 address; of an IPv6 address the first 64 bits, since whoever has one address has all of those (RFC 6177). */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  // The URL standard writes IPv6 addresses in one way only, but for the zeroes that it leaves out.
  const [head = '', tail] = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1).split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  while (groups.length + after.length < 8) groups.push('0');
  return `${[...groups, ...after].slice(0, 4).join(':')}::/64`;
}
