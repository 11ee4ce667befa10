import { type ListeningProcess, type StartOptions, startProcess } from './process.ts';

/** A coordinator or a node: a process that can be started again where it was, with the same settings. */
export class Member {
  readonly name: string;
  /** The servers of its settings. */
  readonly servers: readonly string[];
  readonly #options: StartOptions;
  #process: ListeningProcess | undefined;
  #port = '0';
  #startedAt = 0;

  constructor(options: StartOptions, servers: readonly string[]) {
    this.name = options.name;
    this.servers = servers;
    this.#options = options;
  }

  get #running(): ListeningProcess {
    if (this.#process === undefined) throw new Error(`${this.name} was not started`);
    return this.#process;
  }

  get pid(): number {
    return this.#running.pid;
  }

  get url(): string {
    return this.#running.url;
  }

  /** Epoch milliseconds, just before the process began. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** Epoch milliseconds. */
  get listenedAt(): number {
    return this.#running.listenedAt;
  }

  /** Starts it; again after it has ended, on the port that it had. */
  async start(): Promise<void> {
    const env = { ...this.#options.env, PORT: this.#port };
    this.#startedAt = Date.now();
    this.#process = await startProcess({ ...this.#options, env });
    this.#port = new URL(this.url).port;
  }

  /** Whether it says that it takes traffic. */
  async ready(): Promise<boolean> {
    const response = await fetch(`${this.#running.opsUrl}/readyz`);
    await response.body?.cancel();
    return response.ok;
  }

  /** SIGKILL. @returns when it is gone, and its sockets with it */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** SIGTERM, and SIGKILL when it is still there after `patience` milliseconds. */
  async stop(patience?: number): Promise<void> {
    await this.#process?.stop(patience);
  }
}
