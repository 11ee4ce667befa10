import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterMember } from '../support/cluster.ts';

/** What a process has open. */
export interface Descriptors {
  /** Without those that are pooled. */
  own: number;
  /** The sockets among them. */
  sockets: number;
  /**
   * Connections from coordinators to nodes. They stay for over a minute after their last use, as many as were needed at the
   * same time.
   */
  pooled: number;
}

/** @param ports where nodes are reached */
export function descriptorsOf({ pid }: { pid: number }, ports: ReadonlySet<number>): Descriptors {
  const pool = connectionsTo(ports);
  const found: Descriptors = { own: 0, sockets: 0, pooled: 0 };
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(targetOf(`/proc/${pid}/fd/${name}`))?.[1];
    if (inode !== undefined && pool.has(inode)) {
      found.pooled += 1;
      continue;
    }
    found.own += 1;
    if (inode !== undefined) found.sockets += 1;
  }
  return found;
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

/** Inodes of both ends of all connections to these ports. */
function connectionsTo(ports: ReadonlySet<number>): Set<string> {
  const inodes = new Set<string>();
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)) {
    const [, local = '', remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const isTo = [local, remote].some((address) => ports.has(Number.parseInt(address.split(':')[1] ?? '', 16)));
    if (isTo && state !== LISTEN) inodes.add(inode);
  }
  return inodes;
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
  members: readonly ClusterMember[],
  ports: ReadonlySet<number>,
  enough: (id: string, count: Descriptors) => boolean = () => false,
): Promise<Map<string, Descriptors>> {
  const count = () => new Map(members.map((member) => [member.id, descriptorsOf(member, ports)]));
  const started = performance.now();
  let current = count();
  for (let since = started; performance.now() - since < QUIET && performance.now() - started < SETTLE_LIMIT; ) {
    if ([...current].every(([id, descriptors]) => enough(id, descriptors))) break;
    await pause(100);
    const next = count();
    if ([...next].some(([id, { own }]) => own !== current.get(id)?.own)) since = performance.now();
    current = next;
  }
  return current;
}
