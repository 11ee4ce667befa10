import { isIP } from 'node:net';

/** An IP address, or a range of them in CIDR notation (RFC 4632), taken apart. */
export interface AddressRange {
  address: string;
  family: 'ipv4' | 'ipv6';
  /** Leading bits that count; all of them for one address. */
  bits: number;
}

/** @returns undefined for what is neither */
export function readAddressRange(text: string): AddressRange | undefined {
  const [, address = '', length] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const most = version === 4 ? 32 : 128;
  const bits = length === undefined ? most : Number(length);
  return bits > most ? undefined : { address, family: version === 4 ? 'ipv4' : 'ipv6', bits };
}
