import { type Host, ipIn, type Network, PORT } from './namespaces.ts';

/** Takes a fault back. A second call does nothing. */
export type Mend = () => void;

/**
 * Faults of a network. Packets that are lost are lost without a word: they vanish at their receiver, since a host that may not
 * send has an error at once instead of a silence.
 */
export class Partitions {
  readonly #network: Network;
  readonly #mends = new Set<Mend>();

  constructor(network: Network) {
    this.#network = network;
  }

  /** Cuts a host off from everything, the test included. */
  isolate(name: string): Mend {
    const { port } = this.#network.host(name);
    ipIn(this.#network.namespace, [`link set dev ${port} nomaster`]);
    return this.#fault(() => ipIn(this.#network.namespace, [`link set dev ${port} master br0`]));
  }

  /** Two hosts do not hear each other. */
  part(one: string, other: string): Mend {
    const mends = [this.deafen(one, other), this.deafen(other, one)];
    return () => {
      for (const mend of mends) mend();
    };
  }

  /** One host does not hear what the other one says, not even answers. */
  deafen(name: string, speaker: string): Mend {
    return this.#drop(this.#network.host(name), this.#network.host(speaker), '');
  }

  /** A host cannot be reached at its port by another one, while what it asks of that one is answered, as behind a firewall. */
  shut(name: string, visitor: string): Mend {
    return this.#drop(this.#network.host(name), this.#network.host(visitor), `ipproto tcp dport ${PORT}`);
  }

  /** Takes all faults back that are left. */
  mend(): void {
    for (const mend of [...this.#mends]) mend();
  }

  #drop(receiver: Host, sender: Host, which: string): Mend {
    const rule = `pref 10 from ${sender.address} iif eth0 ${which} blackhole`;
    ipIn(receiver.namespace, [`rule add ${rule}`]);
    return this.#fault(() => ipIn(receiver.namespace, [`rule delete ${rule}`]));
  }

  #fault(undo: () => void): Mend {
    const mend = () => {
      if (this.#mends.delete(mend)) undo();
    };
    this.#mends.add(mend);
    return mend;
  }
}
