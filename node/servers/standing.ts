import { EventEmitter } from 'node:events';
import type { ServerReport } from '../../cluster/payload.ts';
import type { ServerConfig } from '../../settings/schema.ts';
import { SERVERS } from './config.ts';
import type { Connection } from './connection.ts';
import { ServerUnavailableError } from './errors.ts';
import type { HostEvents } from './host-contract.ts';
import { Patience } from './patience.ts';

/** How a configured server does, and what it said of itself; its listeners are told when that changes. */
export class Standing extends EventEmitter<HostEvents> {
  readonly name: string;
  readonly config: ServerConfig;
  readonly patience = new Patience();
  report: ServerReport;
  known: Connection['server'] | undefined;

  constructor(name: string, config: ServerConfig) {
    super();
    this.name = name;
    this.config = config;
    this.report = firstReport(config);
  }

  protected works(server: Connection['server']): void {
    this.known = server;
    this.patience.worked();
    this.stands({ status: 'connected' });
  }

  protected stands(report: ServerReport): void {
    const reason = report.reason?.slice(0, SERVERS.maxReason);
    if (report.status === this.report.status && reason === this.report.reason) return;
    this.report = reason === undefined ? { status: report.status } : { status: report.status, reason };
    this.emit('status', this.report);
  }

  /** Why the settings keep the server from running; undefined where they do not. */
  protected get barred(): string | undefined {
    if (this.config.enabled === false) return `it is disabled; set mcpServers.${this.name}.enabled to true`;
    return this.config.refused;
  }

  protected unavailable(reason: string, retryIn?: number): ServerUnavailableError {
    return new ServerUnavailableError(this.name, reason, retryIn);
  }
}

function firstReport({ enabled, refused, startOnDemand }: ServerConfig): ServerReport {
  if (enabled === false) return { status: 'disabled' };
  if (refused !== undefined) return { status: 'failed', reason: refused.slice(0, SERVERS.maxReason) };
  return { status: startOnDemand ? 'idle' : 'connecting' };
}
