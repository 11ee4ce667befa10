import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

/** Of the range that is set aside for such tests (RFC 2544); the test process itself is the last host. */
const NETWORK = '198.18.203';
const OWN = 254;

/** A host: a network namespace with one address on the common bridge. */
export interface Host {
  readonly name: string;
  readonly address: string;
  /** The command in front of a program that is to run there. */
  readonly enter: readonly string[];
}

/** Packets that a host does not send: all to another host, or those of one direction of a connection. */
export interface Cut {
  to: Host;
  /** Only from this local TCP port: others cannot open connections to it. */
  fromPort?: number;
  /** Only to this TCP port: the host cannot open connections to it. */
  toPort?: number;
}

/** Whether this machine lets a test make networks of its own. */
export function canMakeNetworks(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    const probe = `mcphub-probe-${process.pid}`;
    ip('netns', 'add', probe);
    ip('netns', 'delete', probe);
    accessSync('/proc/sys/net/ipv4', constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Hosts that reach each other and the test process over a bridge, in namespaces that carry this process's id. Nothing that others
 * made is touched, and everything goes when the process ends, also after a failed test.
 */
export class Network {
  readonly #bridge = `mcp${process.pid % 1_000_000}`;
  readonly #hosts: Host[] = [];
  readonly #remove = () => this.remove();

  constructor() {
    process.once('exit', this.#remove);
    ip('link', 'add', this.#bridge, 'type', 'bridge');
    ip('address', 'add', `${NETWORK}.${OWN}/24`, 'dev', this.#bridge);
    ip('link', 'set', this.#bridge, 'up');
  }

  add(label: string): Host {
    const number = this.#hosts.length + 1;
    const name = `${this.#bridge}-${label}`;
    const [outer, inner] = [`${this.#bridge}o${number}`, `${this.#bridge}i${number}`];
    const host: Host = { name, address: `${NETWORK}.${number}`, enter: ['ip', 'netns', 'exec', name] };
    this.#hosts.push(host);
    ip('netns', 'add', name);
    ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', name);
    ip('link', 'set', outer, 'master', this.#bridge, 'up');
    ip('-n', name, 'address', 'add', `${host.address}/24`, 'dev', inner);
    ip('-n', name, 'link', 'set', inner, 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    return host;
  }

  /** Packets vanish without a word, as in a partition. @returns a function that mends it */
  cut(from: Host, { to, fromPort, toPort }: Cut): () => void {
    const ports = [
      ...(fromPort === undefined ? [] : ['ipproto', 'tcp', 'sport', String(fromPort)]),
      ...(toPort === undefined ? [] : ['ipproto', 'tcp', 'dport', String(toPort)]),
    ];
    const rule = ['to', to.address, ...ports, 'blackhole'];
    ip('-n', from.name, 'rule', 'add', 'pref', '10', ...rule);
    return () => ip('-n', from.name, 'rule', 'delete', 'pref', '10', ...rule);
  }

  /** Cuts two hosts off from each other. @returns a function that mends it */
  part(one: Host, other: Host): () => void {
    const mends = [this.cut(one, { to: other }), this.cut(other, { to: one })];
    return () => {
      for (const mend of mends) mend();
    };
  }

  remove(): void {
    process.off('exit', this.#remove);
    for (const [i, { name }] of this.#hosts.splice(0).entries()) {
      // The namespace alone may take its end of the pair along a while later.
      quietly('link', 'delete', `${this.#bridge}o${i + 1}`);
      quietly('netns', 'delete', name);
    }
    quietly('link', 'delete', this.#bridge);
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

function quietly(...args: string[]): void {
  try {
    ip(...args);
  } catch {
    // It is gone already.
  }
}
