import { inside, type Network } from './namespaces.ts';

/** Completes the notice of a test that cannot run. */
export const WEATHER = 'a kernel with netem, or with tbf and cls_bpf, to delay and lose packets';
/** Each way, in milliseconds; answers take twice as long. */
const DELAY = 50;
const LOSS = 0.05;

/**
 * How packets can be delayed and lost here. `netem` delays each by the same time. Kernels without it have `narrow` links, on
 * which packets queue for each other: the larger a message, the later it is there.
 */
export type Weather = 'netem' | 'narrow';

/** What this kernel has, which is tried; undefined when it has neither. */
export function weatherOf(network: Network): Weather | undefined {
  return (['netem', 'narrow'] as const).find((weather) => {
    try {
      spoil(network.namespace, 'test', weather);
      clear(network.namespace, 'test');
      return true;
    } catch {
      clear(network.namespace, 'test');
      return false;
    }
  });
}

/** Delays and loses packets from and to a host. It stays so until the network is closed. */
export function worsen(network: Network, name: string, weather: Weather): void {
  const { namespace, port } = network.host(name);
  spoil(namespace, 'eth0', weather);
  spoil(network.namespace, port, weather);
}

/** How many TCP segments a host had to send again. */
export function retransmitted(network: Network, name: string): number {
  const snmp = inside(network.host(name).namespace, 'cat', '/proc/net/snmp');
  const [names = [], values = []] = [...snmp.matchAll(/^Tcp: (.*)$/gm)].map(([, line]) => line?.split(' '));
  return Number(values[names.indexOf('RetransSegs')]);
}

function spoil(namespace: string, device: string, weather: Weather): void {
  const tc = (...args: string[]) => inside(namespace, 'tc', ...args);
  if (weather === 'netem') {
    tc('qdisc', 'add', 'dev', device, 'root', 'netem', 'delay', `${DELAY}ms`, 'loss', `${LOSS * 100}%`);
    return;
  }
  // A packet of full size takes DELAY; those of more than a second are dropped.
  const rate = Math.round((1_500 * 8 * 1_000) / DELAY);
  tc('qdisc', 'add', 'dev', device, 'root', 'tbf', 'rate', `${rate}bit`, 'burst', '1600', 'latency', '1s');
  tc('qdisc', 'add', 'dev', device, 'clsact');
  tc('filter', 'add', 'dev', device, 'egress', 'bpf', 'direct-action', 'bytecode', droppingSome(LOSS));
}

/** A program of the classic packet filter: of each packet, whether a random number is below the share that is dropped. */
function droppingSome(share: number): string {
  const [DROP, PASS] = [2, 0];
  const RANDOM = 0xfffff000 + 56;
  const program = [
    [0x20, 0, 0, RANDOM],
    [0x35, 1, 0, Math.round(share * 2 ** 32)],
    [0x06, 0, 0, DROP],
    [0x06, 0, 0, PASS],
  ];
  return [program.length, ...program.map((instruction) => instruction.join(' '))].join(',');
}

function clear(namespace: string, device: string): void {
  for (const kind of ['root', 'clsact']) {
    try {
      inside(namespace, 'tc', 'qdisc', 'delete', 'dev', device, kind);
    } catch {
      // It has none.
    }
  }
}
