import type { Context } from 'mocha';
import { HubProcess } from '../../support/process.ts';

/** Milliseconds until the operator watches everything, on a busy machine. */
const READY = 30_000;
/** Lines that a failing test shows. */
const SHOWN = 60;

export interface OperatorOptions {
  /** Path; may lead through a proxy. */
  kubeconfig: string;
  /** Where its Lease is, and the only one that it watches, so that operators of several tests do not meet. */
  namespace: string;
  /** More of its environment, such as `WATCH_NAMESPACES`; nothing else is inherited. */
  env?: Record<string, string>;
  /** More of its command line, after `operator`. */
  args?: readonly string[];
}

let count = 0;

/** `mcphub operator` as a process of its own, against a control plane. */
export class OperatorProcess extends HubProcess {
  constructor({ kubeconfig, namespace, env = {}, args = [] }: OperatorOptions) {
    count += 1;
    const surroundings = {
      KUBECONFIG: kubeconfig,
      POD_NAME: `operator-${count}`,
      POD_NAMESPACE: namespace,
      WATCH_NAMESPACES: namespace,
      HOST: '127.0.0.1',
      METRICS_PORT: '0',
      LOG_LEVEL: 'debug',
    };
    super({ ...surroundings, ...env }, ['operator', ...args]);
  }

  /** Resolves when it reconciles: with leader election, when it leads. @throws with its log when it ends before */
  async ready(within = READY): Promise<this> {
    await this.line(({ msg }) => msg === 'Operator is ready', 0, within);
    return this;
  }

  /** Writes the end of its log to stderr when the test that has just run failed; for `afterEach`. */
  showOnFailure(context: Context): void {
    if (context.currentTest?.state !== 'failed') return;
    const lines = this.log.slice(-SHOWN).map((line) => `    ${JSON.stringify(line)}`);
    process.stderr.write(`operator ${this.pid}:\n${lines.join('\n')}\n${this.stderr}\n`);
  }
}

/** Starts the operator and waits until it reconciles; `kill` it. @throws with its log when it does not */
export async function startOperator(options: OperatorOptions): Promise<OperatorProcess> {
  const operator = new OperatorProcess(options);
  try {
    return await operator.ready();
  } catch (error) {
    await operator.kill('SIGKILL');
    throw error;
  }
}
