import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { loadAll } from 'js-yaml';
import { CHART } from '../../../charts/chart.ts';
import { helm } from './binaries.ts';
import type { ControlPlane } from './control-plane.ts';

const run = promisify(execFile);
const RIGHTS = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

interface Rendered {
  kind: string;
  metadata: { name: string };
  rules?: Rule[];
  roleRef?: { kind: string; name: string };
  subjects?: { kind: string; name: string }[];
}

/** What an operator may do that the chart installs. */
export interface ChartRights {
  token: string;
  /** As `verb resource.group`. */
  granted: string[];
}

/**
 * Gives the rights of the chart to its ServiceAccount, without installing the rest.
 * @param namespace of the release
 * @param set values, as for `--set`
 */
export async function grantChartRights(
  plane: ControlPlane,
  namespace: string,
  set: readonly string[] = [],
): Promise<ChartRights> {
  const values = set.flatMap((value) => ['--set', value]);
  const args = ['template', 'mcphub', CHART, '--namespace', namespace, ...values];
  const { stdout } = await run(helm(4), args, { env: { HOME: plane.folder }, timeout: 30_000 });
  const all = (loadAll(stdout) as (Rendered | null)[]).filter((object) => object !== null);
  const rights = all.filter(({ kind }) => RIGHTS.includes(kind));
  await plane.kubectl(['apply', '-f', '-'], rights.map((object) => `---\n${JSON.stringify(object)}\n`).join(''));
  const account = rights.find(({ kind }) => kind === 'ServiceAccount')?.metadata.name ?? '';
  const bound = rights.filter(({ subjects }) => subjects?.some(({ name }) => name === account));
  const granted = bound.flatMap(({ roleRef }) => {
    const role = rights.find(({ kind, metadata }) => kind === roleRef?.kind && metadata.name === roleRef.name);
    return (role?.rules ?? []).flatMap(namesOf);
  });
  return { token: await plane.tokenFor(namespace, account), granted: [...new Set(granted)].sort() };
}

function namesOf({ apiGroups, resources, verbs }: Rule): string[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) => verbs.map((verb) => rightOf(verb, resource, group))),
  );
}

/** @param resource with its subresource, such as `mcphubclusters/status` */
export function rightOf(verb: string, resource: string, group: string): string {
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}`;
}
