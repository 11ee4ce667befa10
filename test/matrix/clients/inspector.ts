import { randomUUID } from 'node:crypto';
import { STATE_ID } from '../../../mcp/headers.ts';
import { inspector, textOf } from '../../support/clients.ts';
import type { Driver, Feature, MatrixClient } from './matrix-client.ts';

const CANNOT: Partial<Record<Feature, string>> = {
  progress: 'it prints results only',
  cancel: 'it has no way to cancel a call',
  elicit: 'it has nobody to ask: it does not run interactively',
  'list change': 'it ends with its one request',
  'resource update': 'it ends with its one request',
};

/** The inspector's command line: a process for each request. */
class InspectorMatrixClient implements MatrixClient {
  readonly heard: readonly string[] = [];
  readonly #target: string[];

  constructor(url: string, era: string) {
    this.#target = [url, '--transport', 'http', '--protocol-era', era, '--format', 'json'];
    // What ties its processes to one client where a server keeps state for each.
    if (era === 'modern') this.#target.push('--header', `${STATE_ID}: ${randomUUID()}`);
  }

  async call(name: string, args: Record<string, unknown> = {}): Promise<string> {
    const values = Object.entries(args).flatMap(([key, value]) => ['--tool-arg', `${key}=${String(value)}`]);
    return textOf(await this.#ask('tools/call', '--tool-name', name, ...values));
  }

  async toolNames(): Promise<string[]> {
    const { tools } = (await this.#ask('tools/list')) as { tools: { name: string }[] };
    return tools.map(({ name }) => name);
  }

  async followTools(): Promise<void> {}

  async followResource(): Promise<void> {}

  async close(): Promise<void> {}

  async #ask(method: string, ...rest: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await inspector(...this.#target, '--method', method, ...rest);
    if (code !== 0) throw new Error(`the inspector ended with ${code}: ${stderr}`);
    const printed = JSON.parse(stdout) as { result?: unknown };
    return printed.result ?? printed;
  }
}

function driver(era: string): Driver {
  return {
    title: `inspector CLI, ${era}`,
    cannot: CANNOT,
    open: async (base, route) => new InspectorMatrixClient(`${base}/mcp${route}`, era),
  };
}

export const INSPECTOR_LEGACY = driver('legacy');
export const INSPECTOR_MODERN = driver('modern');
