import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dump, loadAll } from 'js-yaml';
import type { Context } from 'mocha';
import { CHART } from '../../charts/chart.ts';
import { helm, KUBECTL_LAYER_RUNS } from '../support/kubectl-layer.ts';
import { needs } from '../support/needs.ts';

const run = promisify(execFile);

/** What a chart is rendered to, as far as tests look at it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Meta & { name: string; namespace?: string };
  spec?: Record<string, unknown>;
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  roleRef?: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace: string }[];
  data?: Record<string, string>;
}

export interface Meta {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface PodSpec {
  serviceAccountName: string;
  automountServiceAccountToken: boolean;
  terminationGracePeriodSeconds: number;
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  securityContext: Record<string, unknown>;
  containers: Container[];
  volumes?: Record<string, unknown>[];
  topologySpreadConstraints?: { labelSelector: { matchLabels: Record<string, string> } }[];
}

export interface Container {
  image: string;
  args: string[];
  env: { name: string; value?: string; valueFrom?: { fieldRef?: { fieldPath: string } } }[];
  ports?: { name: string; containerPort: number; hostPort?: number }[];
  securityContext: Record<string, unknown>;
  readinessProbe: { httpGet: { path: string; port: string } };
  livenessProbe: { httpGet: { path: string; port: string } };
}

export interface RenderOptions {
  helm?: 3 | 4;
  /** Default mcphub. */
  release?: string;
  namespace?: string;
  /** Values over the defaults. */
  values?: Record<string, unknown>;
  /** File of values, such as those in `ci`. */
  file?: string;
  /** Folder of the chart. */
  chart?: string;
  args?: string[];
}

/** Skips a suite on a machine where the Helm that comes with `npm ci` does not run. */
export function needsHelm(context: Context): void {
  needs(context, KUBECTL_LAYER_RUNS, 'Linux on x64, for which the npm packages have Helm');
  // The first run unpacks two archives.
  context.timeout(60_000);
}

/** Files of values with one feature each. */
export const SCENARIOS = readdirSync(join(CHART, 'ci')).map((name) => ({
  name: name.replace('-values.yaml', ''),
  file: join(CHART, 'ci', name),
}));

const rendered = new Map<string, Promise<Manifest[]>>();

/** The chart rendered with a file of `ci`, once for all tests of a run. */
export function scenario(name: string): Promise<Manifest[]> {
  const known = rendered.get(name);
  if (known !== undefined) return known;
  const fresh = render({ file: join(CHART, 'ci', `${name}-values.yaml`) });
  rendered.set(name, fresh);
  return fresh;
}

/** Manifests of the chart. */
export async function render(options: RenderOptions = {}): Promise<Manifest[]> {
  const text = await template(options);
  return loadAll(text).filter((manifest) => manifest !== null && manifest !== undefined) as Manifest[];
}

/** What `helm template` prints. */
export function template(options: RenderOptions = {}): Promise<string> {
  return withValues(options, (values) =>
    helmRun(options.helm ?? 4, [
      'template',
      options.release ?? 'mcphub',
      options.chart ?? CHART,
      '--namespace',
      options.namespace ?? 'mcphub-system',
      ...values,
      ...(options.args ?? []),
    ]),
  );
}

/** Why Helm does not render it. */
export async function refusal(options: RenderOptions): Promise<string> {
  const result = await template(options).then(
    () => undefined,
    (error: Error & { stderr?: string }) => error.stderr ?? error.message,
  );
  if (result === undefined) throw new Error('the chart was rendered, and should not have been');
  return result;
}

/** Runs Helm, and returns what it prints; a failure rejects with its `stderr`. */
export async function helmRun(version: 3 | 4, args: string[]): Promise<string> {
  const { stdout } = await run(helm(version), args, { timeout: 30_000, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

async function withValues<T>(options: RenderOptions, use: (args: string[]) => Promise<T>): Promise<T> {
  const files = options.file === undefined ? [] : ['--values', options.file];
  if (options.values === undefined) return use(files);
  const folder = mkdtempSync(join(tmpdir(), 'mcphub-values-'));
  try {
    const file = join(folder, 'values.yaml');
    writeFileSync(file, dump(options.values));
    return await use([...files, '--values', file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All of a kind. */
export function ofKind(manifests: readonly Manifest[], kind: string): Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

/** The only one of a kind. */
export function only(manifests: readonly Manifest[], kind: string): Manifest {
  const [found, ...others] = ofKind(manifests, kind);
  if (found === undefined || others.length > 0)
    throw new Error(`expected one ${kind}, found ${others.length + (found ? 1 : 0)}`);
  return found;
}

/** Template of the operator's Pods. */
export function podTemplate(manifests: readonly Manifest[]): { metadata: Meta; spec: PodSpec } {
  return only(manifests, 'Deployment').spec?.template as { metadata: Meta; spec: PodSpec };
}

/** The operator's container. */
export function operatorContainer(manifests: readonly Manifest[]): Container {
  return podTemplate(manifests).spec.containers[0] as Container;
}
