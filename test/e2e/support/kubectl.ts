import { spawn } from 'node:child_process';
import { helm as helmBinary, kubectl as kubectlBinary } from '../../support/kubectl-layer.ts';
import { outcomeOf } from '../../support/outcome.ts';

/** A Kubernetes object, or a list of them, as far as tests look at it. */
// biome-ignore lint/suspicious/noExplicitAny: what a test expects of an object is what it asserts.
export type KubeObject = any;

/** Runs kubectl and Helm against one cluster. Every command has an end. */
export class Kubectl {
  readonly kubeconfig: string;

  constructor(kubeconfig: string) {
    this.kubeconfig = kubeconfig;
  }

  /** @returns what was printed. @throws with what was said, when it fails or takes longer than `milliseconds` */
  run(args: readonly string[], input = '', milliseconds = 60_000): Promise<string> {
    return this.#execute(kubectlBinary(), args, input, milliseconds);
  }

  /** @param version of Helm */
  helm(args: readonly string[], version: 3 | 4 = 4, milliseconds = 120_000): Promise<string> {
    return this.#execute(helmBinary(version), args, '', milliseconds);
  }

  async get(...args: string[]): Promise<KubeObject> {
    return JSON.parse(await this.run(['get', '-o', 'json', ...args]));
  }

  /** Objects of a kind; those that are being deleted are among them. */
  async list(...args: string[]): Promise<KubeObject[]> {
    return (await this.get(...args)).items;
  }

  /** @param manifest YAML or JSON */
  apply(manifest: string | object, ...args: string[]): Promise<string> {
    return this.run(['apply', '-f', '-', ...args], typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  }

  /** A merge patch. */
  patch(namespace: string, object: string, patch: object, ...args: string[]): Promise<string> {
    return this.run(['patch', '-n', namespace, object, '--type=merge', '-p', JSON.stringify(patch), ...args]);
  }

  async #execute(file: string, args: readonly string[], input: string, milliseconds: number): Promise<string> {
    const { PATH, HOME } = process.env;
    const child = spawn(file, args, { env: { PATH, HOME, KUBECONFIG: this.kubeconfig }, stdio: 'pipe' });
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const { code, out, errors } = await outcomeOf(child);
    clearTimeout(timer);
    if (code !== 0)
      throw new Error(
        `${file} ${args.join(' ')} ended with ${code ?? `no end in ${milliseconds} ms`}: ${errors}${out}`,
      );
    return out;
  }
}
