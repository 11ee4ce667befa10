import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { MemberOptions } from './cluster.ts';

/** Completes the notice of a test that cannot run. */
export const NETWORKS = 'Linux, root and iproute2, to make network namespaces';
/** Where members listen; each host has all ports for itself. */
export const PORT = 3_000;

/** A host: a network namespace with one address, on a port of the common bridge. */
export interface Host {
  readonly name: string;
  readonly address: string;
  readonly namespace: string;
  /** Its end at the bridge. */
  readonly port: string;
}

/** Whether this machine lets a test make networks of its own; everything that they need is tried. */
export function canMakeNetworks(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const probe = `mcphub-${process.pid}-probe`;
  try {
    execFileSync('ip', ['netns', 'add', probe], { stdio: 'pipe' });
  } catch {
    return false;
  }
  try {
    ipIn(probe, [
      'link add name v0 type veth peer name v1',
      'link add name br0 type bridge',
      'rule add pref 10 from 198.18.0.1 iif v0 ipproto tcp dport 1 blackhole',
    ]);
    return true;
  } catch {
    return false;
  } finally {
    execFileSync('ip', ['netns', 'delete', probe], { stdio: 'pipe' });
  }
}

/**
 * Hosts on a bridge, all in namespaces that carry the id of this process. Outside of them there is one link, with which
 * the test reaches the hosts.
 */
export class Network {
  readonly hosts: readonly Host[];
  /** Of the bridge. */
  readonly namespace = nameOf('bridge');
  readonly #reaper: ChildProcess;

  constructor(names: readonly string[]) {
    const subnet = freeSubnet();
    this.hosts = names.map((name, i) => ({
      name,
      address: `${subnet}.${i + 1}`,
      namespace: nameOf(name),
      port: `port${i + 1}`,
    }));
    const link = `mcphub${process.pid}`;
    const namespaces = [this.namespace, ...this.hosts.map(({ namespace }) => namespace)];
    this.#reaper = startReaper(link, namespaces);
    for (const namespace of namespaces) execFileSync('ip', ['netns', 'add', namespace], { stdio: 'pipe' });
    ipIn(this.namespace, ['link add name br0 type bridge', 'link set dev br0 up']);
    for (const host of this.hosts) this.#plugIn(host);
    ip('link', 'add', 'name', link, 'type', 'veth', 'peer', 'name', 'test', 'netns', this.namespace);
    ipIn(this.namespace, ['link set dev test master br0 up']);
    ip('address', 'add', `${subnet}.254/24`, 'dev', link);
    ip('link', 'set', 'dev', link, 'up');
  }

  host(name: string): Host {
    const found = this.hosts.find((host) => host.name === name);
    if (found === undefined) throw new Error(`the network has no host ${name}`);
    return found;
  }

  /** A member of a cluster that runs on a host and listens at its address. */
  on(name: string, options: MemberOptions = {}): MemberOptions {
    const { namespace, address } = this.host(name);
    return {
      ...options,
      env: { HOST: address, PORT: String(PORT), ...options.env },
      wrapper: ['ip', 'netns', 'exec', namespace],
    };
  }

  /** Removes everything. What runs in it should have ended before. */
  async close(): Promise<void> {
    const ended = once(this.#reaper, 'exit');
    this.#reaper.stdin?.end();
    await ended;
  }

  #plugIn({ namespace, address, port }: Host): void {
    ipIn(this.namespace, [
      `link add name ${port} type veth peer name eth0 netns ${namespace}`,
      `link set dev ${port} master br0 up`,
    ]);
    ipIn(namespace, [
      'link set dev lo up',
      `address add ${address}/24 dev eth0`,
      'link set dev eth0 up',
      // Behind the place of the rules that drop what arrives.
      'rule add pref 100 lookup local',
      'rule delete pref 0',
    ]);
    // Else the kernel does not look for a route, and not at the rules, for connections that it knows.
    const files = ['ip_early_demux', 'tcp_early_demux'].map((name) => `/proc/sys/net/ipv4/${name}`);
    inside(namespace, 'sh', '-c', files.map((file) => `echo 0 >${file}`).join(' && '));
  }
}

function nameOf(host: string): string {
  return `mcphub-${process.pid}-${host}`;
}

/** A /24 of the range that is set aside for such tests (RFC 2544), and that nobody on this machine has. */
function freeSubnet(): string {
  const used = execFileSync('ip', ['-4', '-o', 'address'], { encoding: 'utf8' });
  for (let i = 0; i < 256; i++) {
    const subnet = `198.18.${(process.pid + i) % 256}`;
    if (!used.includes(` ${subnet}.`)) return subnet;
  }
  throw new Error('all of 198.18.0.0/16 is used on this machine');
}

/**
 * Removes a network when this process closes the pipe to it, which it also does when it is killed. Namespaces that were
 * never made are no error.
 */
function startReaper(link: string, namespaces: readonly string[]): ChildProcess {
  const script = 'cat; ip link delete "$0"; for name; do ip netns delete "$name"; done';
  const reaper = spawn('sh', ['-c', script, link, ...namespaces], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  reaper.unref();
  (reaper.stdin as { unref?: () => void } | null)?.unref?.();
  return reaper;
}

/** Runs a program in a namespace. @returns what it printed. @throws when it fails */
export function inside(namespace: string, ...command: string[]): string {
  return execFileSync('ip', ['netns', 'exec', namespace, ...command], { encoding: 'utf8', stdio: 'pipe' });
}

/** Runs lines of `ip` in a namespace. @throws at the first that fails */
export function ipIn(namespace: string, lines: readonly string[]): void {
  execFileSync('ip', ['-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n`, stdio: 'pipe' });
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}
