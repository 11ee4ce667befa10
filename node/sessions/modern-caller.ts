import type { IncomingHttpHeaders } from 'node:http';
import { PEER, PRINCIPAL, ROOTS, STATE_ID } from '../../mcp/headers.ts';
import type { JsonRpcNotification } from '../../mcp/jsonrpc.ts';
import { LOG_LEVELS, type LogLevel } from '../../mcp/methods.ts';
import type { Envelope } from '../../mcp/modern.ts';
import { accountOf } from './account.ts';
import type { Call } from './call.ts';
import type { Caller, ModernFacts } from './caller.ts';

/** One request of revision 2026-07-28: everything about its client is in the request itself. */
export class ModernCaller implements Caller {
  readonly target: string;
  readonly principal: string;
  readonly account: string;
  readonly client: Caller['client'];
  readonly modern: ModernFacts;
  readonly stateId: string | undefined;
  readonly roots: string | undefined;
  readonly logLevel: LogLevel | undefined;

  constructor(target: string, envelope: Envelope, headers: IncomingHttpHeaders) {
    const { capabilities, clientInfo, logLevel } = envelope;
    this.target = target;
    this.client = { info: clientInfo ?? { name: 'unknown', version: '' }, capabilities };
    this.logLevel = logLevel;
    this.principal = text(headers[PRINCIPAL]) ?? '';
    this.account = accountOf(headers, this.principal);
    this.stateId = text(headers[STATE_ID]);
    this.roots = text(headers[ROOTS]);
    this.modern = { headers, fromNode: headers[PEER] !== undefined };
  }

  /** Nothing is logged for a request that names no level (2026-07-28, server/utilities/logging). */
  wantsLog(level: unknown): boolean {
    const severity = LOG_LEVELS.indexOf(level as LogLevel);
    return this.logLevel !== undefined && (severity < 0 || severity >= LOG_LEVELS.indexOf(this.logLevel));
  }

  notify(message: JsonRpcNotification, owner?: Call): void {
    owner?.push(message);
  }
}

function text(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
