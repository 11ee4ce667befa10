import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Logger, pino } from 'pino';
import type { Connection, Outcome } from '../../../node/servers/connection.ts';
import { createGuardian, type Guardian } from '../../../node/servers/guardian.ts';
import { createServerHost, type HostTiming, type ServerHost, type SessionPeer } from '../../../node/servers/host.ts';
import { ProcessSlots } from '../../../node/servers/process-slots.ts';
import { StartTurns } from '../../../node/servers/start-turns.ts';
import { DEFAULTS } from '../../../settings/defaults.ts';
import type { ServerConfig } from '../../../settings/schema.ts';

export const HOSTILE = fileURLToPath(new URL('hostile.ts', import.meta.url));

export function hostile(...flags: string[]): ServerConfig {
  return { command: process.execPath, args: [HOSTILE, ...flags] };
}

/** Hosts, log lines and a folder of one test; `clean` ends all of it. */
export class Hosting {
  readonly guardian: Guardian;
  readonly log: Logger;
  readonly lines: Record<string, unknown>[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'mcphub-servers-'));
  readonly #hosts: ServerHost[] = [];

  constructor() {
    this.log = pino({ level: 'debug' }, { write: (line: string) => void this.lines.push(JSON.parse(line)) });
    this.guardian = createGuardian(this.log);
  }

  host(
    config: ServerConfig,
    timing: Partial<HostTiming> = {},
    name = 'fixture',
    slots = new ProcessSlots(() => DEFAULTS),
  ): ServerHost {
    const { log, guardian } = this;
    const host = createServerHost(name, config, {
      log,
      install: {},
      version: '0.0.1',
      guardian,
      slots,
      turns: new StartTurns(() => 1),
      timing,
    });
    this.#hosts.push(host);
    return host;
  }

  async clean(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.stop()));
    await this.guardian.close();
    rmSync(this.folder, { recursive: true });
  }
}

export function call(connection: Connection, name: string, args: object = {}, options = {}): Promise<Outcome> {
  return connection.request('tools/call', { name, arguments: args }, options);
}

export function textOfOutcome(outcome: Outcome): string {
  if ('error' in outcome) return `error: ${outcome.error.message}`;
  return (outcome.result.content as { text: string }[])[0]?.text ?? '';
}

/** Resolves with the report once it has the status. */
export async function statusOf(host: ServerHost, status: string) {
  while (host.report.status !== status) await once(host, 'status');
  return host.report;
}

/** Resolves when the process is gone (a zombie that nobody has reaped counts as gone). */
export async function goneWithin(pid: number, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (performance.now() < deadline) {
    if (!isRunning(pid)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return process.platform !== 'linux' || !/^State:\s+Z/m.test(readStatus(pid));
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return 'State: Z';
  }
}

export function peer(key: string, capabilities: SessionPeer['capabilities'] = {}): SessionPeer & { lost: string[] } {
  const lost: string[] = [];
  return {
    key,
    account: '',
    clientInfo: { name: `client-${key}`, version: '9' },
    capabilities,
    lost,
    handlers: () => ({
      onNotification: () => {},
      onRequest: async ({ method }) => ({ result: { answered: method, roots: [] } }),
      onClose: (reason) => void lost.push(reason),
    }),
  };
}
