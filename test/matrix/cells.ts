import { randomUUID } from 'node:crypto';
import { until } from '../support/until.ts';
import { CLIENT_NAME, type Driver, FEATURES, type Feature, type MatrixClient } from './clients/matrix-client.ts';
import type { MatrixRoute, MatrixServer } from './matrix-cluster.ts';

/** Milliseconds that any one thing may take. */
const PATIENCE = 5_000;

/** `pass`, `-` for what the client cannot do, or what went wrong. */
export type Cells = Record<Feature, string>;

/** One server as a client sees it on a route. */
interface Bench {
  client: MatrixClient;
  /** The name of a tool there. */
  tool(name: string): string;
  uri: string;
}

/** @throws Error when the feature is lost */
type Trial = (bench: Bench) => Promise<void>;

const TRIALS: Readonly<Record<Feature, Trial>> = {
  call: async ({ client, tool }) => {
    const [names, text] = await Promise.all([client.toolNames(), client.call(tool('echo'), { message: 'hello' })]);
    if (!names.includes(tool('echo'))) throw new Error(`no echo among ${names.join()}`);
    equal(text, 'hello');
  },
  progress: async ({ client, tool }) => {
    const key = randomUUID();
    const steps: number[] = [];
    const seen: Promise<string>[] = [];
    const onProgress = (step: number) => {
      steps.push(step);
      seen.push(client.call(tool('seen'), { key }));
    };
    equal(await client.call(tool('count'), { key }, { onProgress }), 'counted to 3');
    equal((await Promise.all(seen)).join(), 'seen,seen,seen');
    equal(steps.join(), '1,2,3');
  },
  cancel: async ({ client, tool }) => {
    const key = randomUUID();
    const state = () => client.call(tool('cancelled'), { key });
    const abort = new AbortController();
    const waiting = client.call(tool('wait'), { key }, { signal: abort.signal });
    const ended = waiting.then(
      (text) => `answered ${text}`,
      () => 'rejected',
    );
    await until(async () => (await state()) === 'waiting', PATIENCE);
    abort.abort('enough');
    equal(await ended, 'rejected');
    await until(async () => (await state()) === 'cancelled', PATIENCE);
  },
  elicit: async ({ client, tool }) => equal(await client.call(tool('ask')), `hello ${CLIENT_NAME}`),
  'list change': async ({ client, tool }) => {
    await client.followTools();
    const before = client.heard.filter((what) => what === 'tools').length;
    const grown = await client.call(tool('grow'));
    await heard(() => client.heard.filter((what) => what === 'tools').length > before);
    const names = await client.toolNames();
    if (!names.includes(tool(grown))) throw new Error(`no ${tool(grown)} among ${names.join()}`);
  },
  'resource update': async ({ client, tool, uri }) => {
    await client.followResource(uri);
    await client.call(tool('touch'));
    await heard(() => client.heard.includes(uri));
  },
};

/** What neither the server nor the client can do together, and why. */
export function impossible(driver: Driver, server: MatrixServer): Partial<Record<Feature, string>> {
  return { ...server.cannot, ...driver.cannot };
}

/** Tries all features of a server over one connection of a client. Never rejects. */
export async function runCells(driver: Driver, base: string, server: MatrixServer, route: MatrixRoute): Promise<Cells> {
  const cells = Object.fromEntries(FEATURES.map((feature) => [feature, 'not run'])) as Cells;
  let client: MatrixClient;
  try {
    client = await within(driver.open(base, route.path(server.name)));
  } catch (error) {
    for (const feature of FEATURES) cells[feature] = `no connection: ${messageOf(error)}`;
    return cells;
  }
  const prefix = route.prefix(server.name);
  const bench = { client, tool: (name: string) => prefix + name, uri: `matrix://${server.name}/note` };
  const cannot = impossible(driver, server);
  for (const feature of FEATURES) {
    if (cannot[feature] !== undefined) {
      cells[feature] = '-';
      continue;
    }
    cells[feature] = await within(TRIALS[feature](bench)).then(
      () => 'pass',
      (error: unknown) => messageOf(error),
    );
  }
  await within(client.close()).catch(() => {});
  return cells;
}

async function within<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const patience = 2 * PATIENCE;
    timer = setTimeout(() => reject(new Error(`not done within ${patience} ms`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function heard(condition: () => boolean): Promise<void> {
  await until(condition, PATIENCE).catch(() => {
    throw new Error(`the client heard nothing of it within ${PATIENCE} ms`);
  });
}

function equal(seen: string, wanted: string): void {
  if (seen !== wanted) throw new Error(`'${seen}' instead of '${wanted}'`);
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').slice(0, 300);
}
