import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { createBoundary } from '../../cluster/boundary.ts';
import { failure, type JsonRpcMessage, type RequestId } from '../../mcp/jsonrpc.ts';
import { DEFAULTS } from '../../settings/defaults.ts';
import type { ServerConfig, SystemConfig } from '../../settings/schema.ts';
import { type Channel, type Inbox, unpackText } from './channel.ts';
import { findCommand, findSetpriv, isFolder, PDEATHSIG } from './command.ts';
import { SERVERS } from './config.ts';
import { childEnvironment } from './environment.ts';
import { serverError } from './errors.ts';
import { endGroup } from './group.ts';
import type { Guardian } from './guardian.ts';
import { answeredId, createLineReader, type LongLine } from './lines.ts';
import { rateLimited } from './rate-limit.ts';
import { createRedactor } from './redact.ts';
import { createStderrTail } from './stderr.ts';
import { settlesWithin } from './within.ts';

export interface StdioContext {
  log: Logger;
  install: SystemConfig['install'];
  guardian: Guardian;
  /** Bytes of the longest line that is read, asked at each start. */
  maxLine?: (() => number) | undefined;
  /** Milliseconds for the process to end after its input ended, and again after SIGTERM. */
  exitGrace: number;
  /** Called with the id of the process. */
  onStarted?: (pid: number) => void;
  /** Called when nothing of the process is left, also when it could not be started. */
  onGone?: () => void;
}

/** A process of its own, spoken to in lines of JSON (2025-11-25, basic/transports, "stdio"). */
export class StdioChannel implements Channel {
  readonly kind = 'stdio';
  onMessage: (message: JsonRpcMessage, related?: RequestId) => void = () => {};
  onClose: (reason: string) => void = () => {};
  readonly #name: string;
  readonly #config: ServerConfig;
  readonly #context: StdioContext;
  readonly #stderr: ReturnType<typeof createStderrTail>;
  readonly #warnBadLine: (problem: string, sample: string) => void;
  readonly #maxLine: () => number;
  readonly #redact: (text: string) => string;
  /** The first line that was no message. */
  #said = '';
  #child: ChildProcessWithoutNullStreams | undefined;
  /** Resolves when the process and its group are gone. */
  #gone: Promise<void> | undefined;
  #closing = false;
  /** Lines of this turn of the event loop, written in one system call. */
  #out = '';
  #drained: Promise<void> = Promise.resolve();
  #waitsForDrain = false;

  constructor(name: string, config: ServerConfig, context: StdioContext) {
    this.#name = name;
    this.#config = config;
    this.#context = context;
    this.#maxLine = context.maxLine ?? (() => DEFAULTS.stdioMessageBytes);
    this.#stderr = createStderrTail(config, context.log);
    const redact = createRedactor(config);
    this.#redact = redact;
    this.#warnBadLine = rateLimited(
      (suppressed, problem, sample) =>
        context.log.warn({ problem, sample: redact(sample).slice(0, 80), suppressed }, 'Line of server output dropped'),
      SERVERS.warningInterval,
    );
  }

  async open(): Promise<void> {
    try {
      await this.#start();
    } finally {
      if (this.#child?.pid === undefined) this.#context.onGone?.();
    }
  }

  async #start(): Promise<void> {
    const { file, args, cwd, env } = await this.#commandLine();
    if (this.#closing) throw new Error(`server '${this.#name}' was stopped by the hub while it started`);
    const child = spawn(file, args, {
      cwd,
      env,
      detached: process.platform !== 'win32',
      stdio: 'pipe',
      windowsHide: true,
    });
    this.#child = child;
    this.#listen(child);
    await once(child, 'spawn').catch((error: Error) => {
      throw new Error(`server '${this.#name}' could not be started: ${error.message}`);
    });
  }

  send(message: JsonRpcMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (!stdin?.writable) return Promise.reject(new Error(`server '${this.#name}' takes no more input`));
    if (stdin.writableLength + this.#out.length > SERVERS.maxUnread) {
      return Promise.reject(new Error(`server '${this.#name}' does not read its input`));
    }
    if (this.#out === '') setImmediate(() => this.#flush());
    this.#out += `${JSON.stringify(message)}\n`;
    return this.#drained;
  }

  initialized(): void {}

  remark(): string {
    return `${this.#quoteSaid()}${this.#stderr.quote()}`;
  }

  async close(): Promise<void> {
    this.#closing = true;
    const child = this.#child;
    if (child?.pid === undefined) return;
    this.#flush();
    child.stdin.end();
    const gone = this.#gone ?? Promise.resolve();
    if (!(await settlesWithin(gone, this.#context.exitGrace))) await endGroup(child.pid, this.#context.exitGrace);
    await gone;
  }

  async #commandLine() {
    const { command = '', args = [] } = this.#config;
    const entry = `mcpServers.${this.#name}`;
    const cwd = this.#config.cwd ?? process.cwd();
    if (!(await isFolder(cwd)))
      throw new Error(`the folder '${cwd}' does not exist; create it or correct ${entry}.cwd`);
    const env = childEnvironment(this.#config, this.#context.install);
    const file = await findCommand(command, env.PATH, cwd);
    if (file === undefined) {
      const where = command.includes('/') ? 'does not exist or is not executable' : 'was not found in PATH';
      throw new Error(`command '${command}' ${where}; install it or correct ${entry}.command`);
    }
    const setpriv = await findSetpriv();
    if (setpriv === undefined) return { file, args, cwd, env };
    // The command as written, not its path: programs such as BusyBox look at the name they were called by.
    return { file: setpriv, args: [...PDEATHSIG, command, ...args], cwd, env };
  }

  #listen(child: ChildProcessWithoutNullStreams): void {
    const { pid } = child;
    const lines = createLineReader(
      this.#maxLine(),
      (line) => this.#line(line),
      (line) => this.#longLine(line),
    );
    const boundary = createBoundary(this.#context.log);
    const read = boundary('output of a process', (chunk: Buffer) => lines.push(chunk));
    const readErrors = boundary('error output of a process', (chunk: Buffer) => this.#stderr.push(chunk));
    child.stdout.on('data', read);
    child.stderr.on('data', readErrors);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {});
    child.on('error', (error) => this.#context.log.debug({ reason: error.message }, 'Server process error'));
    if (pid === undefined) return;
    this.#context.guardian.add(pid);
    this.#context.onStarted?.(pid);
    this.#gone = this.#watch(child, pid);
  }

  /** Waits for the end of the process, then ends what it left behind. */
  async #watch(child: ChildProcessWithoutNullStreams, pid: number): Promise<void> {
    const closed = once(child, 'close').catch(() => {});
    const ended = once(child.stdout, 'end').catch(() => {});
    const exited = once(child, 'exit').catch(() => {});
    await Promise.race([exited, ended]);
    // What was written before the end is still read; a grandchild may hold the output open for longer than that.
    await settlesWithin(closed, SERVERS.outputDrain);
    const reason = this.#endReason(child);
    child.stdout.destroy();
    child.stderr.destroy();
    this.onClose(reason);
    await endGroup(pid, this.#context.exitGrace);
    await settlesWithin(exited, this.#context.exitGrace);
    this.#context.guardian.remove(pid);
    this.#context.onGone?.();
  }

  #endReason(child: ChildProcessWithoutNullStreams): string {
    if (this.#closing) return `Server '${this.#name}' was stopped by the hub`;
    const { exitCode, signalCode } = child;
    if (exitCode === null && signalCode === null) return `Server '${this.#name}' closed its output`;
    const how = signalCode === null ? `exit code ${exitCode}` : `signal ${signalCode}`;
    return `Server '${this.#name}' stopped (${how})${this.#quoteSaid()}${this.#stderr.quote()}`;
  }

  /** Programs that serve HTTP say where when they begin. */
  #quoteSaid(): string {
    if (this.#said === '') return '';
    const servesHttp = /\bhttps?:\/\//.test(this.#said);
    const advice = servesHttp
      ? `so it may serve HTTP instead of stdio: look for an option that makes it speak stdio, or start it elsewhere and set mcpServers.${this.#name}.url`
      : 'which is no MCP message';
    return `; it printed ${JSON.stringify(this.#said)}, ${advice}`;
  }

  #line(line: string): void {
    if (line.trim() === '') return;
    try {
      unpackText(line, this.#inbox);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#said ||= this.#redact(line.slice(0, SERVERS.maxStderrLine)).trim().slice(0, SERVERS.maxQuote);
      this.#warnBadLine('not JSON', line.slice(0, SERVERS.maxStderrLine));
    }
  }

  readonly #inbox: Inbox = {
    message: (message) => this.onMessage(message),
    invalid: (problem, id) => {
      this.#warnBadLine(problem, '');
      if (id !== undefined) this.#badAnswer(id, problem);
    },
  };

  #longLine(line: LongLine): void {
    const problem = `${line.bytes} bytes long, more than the ${this.#maxLine()} of systemConfig.cluster.limits.stdioMessageBytes`;
    this.#warnBadLine(problem, line.head);
    const id = answeredId(line);
    if (id !== undefined) this.#badAnswer(id, problem);
  }

  #badAnswer(id: RequestId, problem: string): void {
    const { code, message, data } = serverError('MCPHUB_SERVER_BAD_ANSWER', { server: this.#name, problem });
    this.onMessage(failure(id, code, message, data));
  }

  #flush(): void {
    const out = this.#out;
    const stdin = this.#child?.stdin;
    this.#out = '';
    if (out === '' || !stdin?.writable || stdin.write(out) || this.#waitsForDrain) return;
    this.#waitsForDrain = true;
    this.#drained = new Promise((resolve) => {
      const done = () => {
        stdin.off('drain', done);
        stdin.off('close', done);
        this.#waitsForDrain = false;
        resolve();
      };
      stdin.on('drain', done);
      stdin.on('close', done);
    });
  }
}
