import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { outcomeOf } from '../../support/outcome.ts';
import { kubectl } from './binaries.ts';

/** Milliseconds for one run. */
const LIMIT = 60_000;

/**
 * Runs kubectl to its end.
 * @param folder where it keeps what it learned about the API server
 * @returns what it printed
 * @throws with what it printed on stderr, also when it takes more than a minute
 */
export async function runKubectl(
  kubeconfig: string,
  folder: string,
  args: readonly string[],
  stdin = '',
): Promise<string> {
  const child = spawn(kubectl(), args, {
    env: { HOME: folder, KUBECONFIG: kubeconfig, KUBECACHEDIR: join(folder, 'kubectl-cache') },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: LIMIT,
    killSignal: 'SIGKILL',
  });
  // It may end without reading.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const { code, signal, out, errors } = await outcomeOf(child);
  if (code === 0) return out;
  throw new Error(`kubectl ${args.join(' ')} ended with ${code ?? signal}: ${errors}${out}`);
}
