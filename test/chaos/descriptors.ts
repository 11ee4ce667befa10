import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** A process of the cluster. */
export interface Member {
  id: string;
  pid: number;
}

/** What a process has open. */
export interface Descriptors {
  /** Without those that are pooled. */
  own: number;
  /** The sockets among them. */
  sockets: number;
  /** Connections between members. They stay for a while after their last use, as many as were needed at the same time. */
  pooled: number;
}

/**
 * What each member has open.
 * @param ports where nodes are reached: a proxy between members is none of them
 */
export function descriptorsOf(members: readonly Member[], ports: ReadonlySet<number>): Map<string, Descriptors> {
  const open = new Map(members.map(({ id, pid }) => [id, targetsOf(pid)]));
  const pool = connectionsAmong(new Set([...open.values()].flat()), ports);
  return new Map([...open].map(([id, targets]) => [id, count(targets, pool)]));
}

/** @param pool the sockets that are pooled */
function count(targets: readonly string[], pool: ReadonlySet<string>): Descriptors {
  const own = targets.filter((target) => !pool.has(target));
  const sockets = own.filter((target) => target.startsWith('socket:'));
  return { own: own.length, sockets: sockets.length, pooled: targets.length - own.length };
}

/** What the descriptors of a process are of, such as `socket:[4711]`. */
function targetsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((name) => targetOf(`/proc/${pid}/fd/${name}`));
}

/** Empty for one that has been closed in the meantime. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

const LISTEN = '0A';

/** Both ends of all connections of which `sockets` has both, or one of which is at one of the ports. */
function connectionsAmong(sockets: ReadonlySet<string>, ports: ReadonlySet<number>): Set<string> {
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1).map(toRow);
  const known = new Set(
    rows.filter(({ socket }) => sockets.has(socket)).map(({ local, remote }) => `${local} ${remote}`),
  );
  const isAmong = ({ local, remote }: Row) =>
    known.has(`${remote} ${local}`) || [local, remote].some((address) => ports.has(portOf(address)));
  return new Set(rows.filter((row) => row.state !== LISTEN && isAmong(row)).map(({ socket }) => socket));
}

interface Row {
  local: string;
  remote: string;
  state: string;
  /** As descriptors name it. */
  socket: string;
}

function toRow(line: string): Row {
  const [, local = '', remote = '', state = '', , , , , , inode = ''] = line.trim().split(/\s+/);
  return { local, remote, state, socket: `socket:[${inode}]` };
}

function portOf(address: string): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16);
}

/** Longer than a heartbeat, so that it is no moment between two of them. */
const QUIET = 2_000;
const SETTLE_LIMIT = 30_000;

/**
 * Descriptors of each member once none of them has had a change for some seconds.
 * @param ports where nodes are reached
 * @param enough ends the wait early
 */
export async function settledDescriptors(
  members: readonly Member[],
  ports: ReadonlySet<number>,
  enough: (id: string, count: Descriptors) => boolean = () => false,
): Promise<Map<string, Descriptors>> {
  const started = performance.now();
  let current = descriptorsOf(members, ports);
  for (let since = started; performance.now() - since < QUIET && performance.now() - started < SETTLE_LIMIT; ) {
    if ([...current].every(([id, descriptors]) => enough(id, descriptors))) break;
    await pause(100);
    const next = descriptorsOf(members, ports);
    if ([...next].some(([id, { own }]) => own !== current.get(id)?.own)) since = performance.now();
    current = next;
  }
  return current;
}
