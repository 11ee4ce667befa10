import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../test/support/eventually.ts';
import type { Row } from '../../case.ts';
import { MIB } from '../../memory.ts';
import type { Lab } from '../lab.ts';
import type { Login } from '../measured-operator.ts';
import { cpuText, type OperatorCase } from '../operator-case.ts';

const GOALS = { seconds: 15, memory: 160, connections: 4 };
/** Reconciliations of each cluster until it is observed: the first, and the one that its first look at the hub brings. */
const LOOKS = 2;
/** Milliseconds for which it is watched after that. */
const AFTER = 20_000;
/** Milliseconds after which its memory is read: what a start left behind has been collected or is there to stay. */
const SETTLED = 30_000;

interface Restart {
  login: Login;
  readySeconds: number;
  observedSeconds: number;
  writes: number;
  cpuSeconds: number;
  requests: Record<string, number>;
}

interface Held {
  rssMib: number;
  peakMib: number;
  connections: number;
}

/** An operator that comes to clusters which all run, and what it holds then. */
export const restart: OperatorCase = {
  name: 'restart',
  async run(lab, { clusters }) {
    await lab.grow(clusters);
    await lab.settle();
    const first = await restartOnce(lab, 'pod', 'debug');
    // What it holds is measured as operators run: without a line for each reconciliation.
    const quiet = await restartOnce(lab, 'pod', 'info');
    const held = await hold(lab);
    await restartOnce(lab, 'kubeconfig', 'info');
    const library = await hold(lab);
    return { rows: rowsOf(clusters, first, held, library), raw: { clusters, restarts: [first, quiet], held, library } };
  },
};

async function restartOnce(lab: Lab, login: Login, logLevel: 'info' | 'debug'): Promise<Restart> {
  const { log } = lab.proxy;
  const namesOfAll = lab.names.map((name) => `${lab.namespace}/${name}`);
  await lab.operator.end();
  log.forget();
  const operator = await lab.replaceOperator({ login, logLevel });
  await operator.ready();
  const readySeconds = since(operator.startedAt);
  if (logLevel === 'debug') {
    await eventually(
      'all clusters are observed',
      () => {
        const seen = operator.reconciliations();
        const left = namesOfAll.filter((key) => (seen.get(key) ?? 0) < LOOKS);
        if (left.length > 0) throw new Error(`${left.length} are not, such as ${left[0]}`);
      },
      120_000,
    );
  }
  const observedSeconds = since(operator.startedAt);
  const cpuSeconds = operator.cpu;
  await sleep(AFTER);
  return { login, readySeconds, observedSeconds, writes: lab.writes(), cpuSeconds, requests: log.summary() };
}

async function hold({ operator, proxy }: Lab): Promise<Held> {
  await sleep(SETTLED);
  return {
    rssMib: operator.rss / MIB,
    peakMib: operator.peakRss / MIB,
    connections: proxy.door.connections,
  };
}

function rowsOf(clusters: number, first: Restart, held: Held, library: Held): Row[] {
  const { observedSeconds, readySeconds, writes, cpuSeconds, requests } = first;
  const memory = ({ rssMib, peakMib }: Held) => `${rssMib.toFixed(0)} MiB (at most ${peakMib.toFixed(0)} MiB)`;
  return [
    {
      what: `start of an operator with ${clusters} clusters, until all are observed, and nothing was written`,
      goal: `under ${GOALS.seconds} s, 0 writes`,
      measured: `${observedSeconds.toFixed(1)} s, ${writes} writes${writes === 0 ? '' : `: ${writesText(requests)}`} (works after ${readySeconds.toFixed(1)} s; ${cpuText(cpuSeconds)})`,
      met: observedSeconds < GOALS.seconds && writes === 0,
    },
    {
      what: `memory with ${clusters} clusters, resident set, as in a Pod`,
      goal: `under ${GOALS.memory} MiB`,
      measured: memory(held),
      met: held.rssMib < GOALS.memory,
    },
    {
      what: 'the same with a kubeconfig, which loads the client library to read it',
      goal: 'none',
      measured: memory(library),
    },
    {
      what: `connections to the API server with ${clusters} clusters`,
      goal: `${GOALS.connections} or fewer`,
      measured: `${held.connections}`,
      met: held.connections <= GOALS.connections,
    },
  ];
}

/** What was written, so that a missed goal says what to look at. */
function writesText(requests: Record<string, number>): string {
  const writes = Object.entries(requests).filter(([what]) => /^(create|update|patch|delete)/.test(what));
  return writes.map(([what, count]) => `${count} ${what}`).join(', ');
}

function since(began: number): number {
  return (performance.now() - began) / 1_000;
}
