import type { PodsSpec } from '../api/types.ts';
import { referenceProblems, specWarnings } from '../api/validate.ts';
import { alertRules } from './alerts.ts';
import { autoscaler } from './autoscaler.ts';
import { coordinatorDeployment } from './coordinator.ts';
import { dashboard } from './dashboard.ts';
import { RENDER_DEFAULTS } from './defaults.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { coordinatorsEndpoint, nodeMetricsEndpoint, publicEndpoint } from './endpoints.ts';
import { httpRoute } from './http-route.ts';
import { identity } from './identity.ts';
import { ingress } from './ingress.ts';
import type { RenderInput, SpecProblem } from './input.ts';
import { COORDINATOR, contextOf, type Manifest, type RenderContext } from './manifest.ts';
import { coordinatorPolicy, nodePolicy } from './network-policy.ts';
import { nodeDeployment, nodeRole } from './node.ts';
import { type Pool, poolsOf } from './pools.ts';
import { missingReferences } from './references.ts';
import { scrape } from './scrape.ts';
import { coordinatorSettings, nodeSettings } from './settings-document.ts';
import { settingsObjects } from './settings-objects.ts';
import { type SettingsSource, serverNames, settingsSource } from './settings-source.ts';
import { sidecarProblems } from './sidecar.ts';
import { patchProblems } from './strategic-merge.ts';

/** What follows from a cluster. With problems, its objects are to be left as they are. */
export interface Rendered {
  /** In the order in which they are to be applied: what others refer to comes first. */
  manifests: Manifest[];
  problems: SpecProblem[];
  /** What works, and is likely not meant. */
  warnings: SpecProblem[];
  /** Of the settings of each role, as members report them in their heartbeats. */
  revisions: { coordinator: string; pools: Record<string, string> };
}

/** What is rendered of one role: settings, then what runs with them. */
interface Part {
  settings: Manifest[];
  manifests: Manifest[];
  problems: SpecProblem[];
  revision: string;
}

/**
 * All objects of a cluster, from its spec and from what that refers to. The same input gives the same manifests. They
 * hold nothing that the API server would change or drop, so that a live object can be compared with them.
 */
export function render(input: RenderInput): Rendered {
  const context = contextOf(input);
  const source = settingsSource(input);
  const { pools, problems } = poolsOf(context.spec, serverNames(source.document, context.spec.mcpServers ?? {}));
  const coordinator = renderCoordinator(context, source);
  const nodes = pools.map((pool) => renderPool(context, source, pool));
  const parts = [coordinator, ...nodes];
  return {
    manifests: [
      identity(context),
      ...parts.flatMap(({ settings }) => settings),
      publicEndpoint(context),
      coordinatorsEndpoint(context),
      ...parts.flatMap(({ manifests }) => manifests),
      ...entrance(context),
      ...alertRules(context, pools),
      ...dashboard(context, pools),
    ],
    problems: distinct([
      ...missingReferences(context.spec, input.references),
      ...source.problems,
      ...problems,
      ...referenceProblems(context.spec, source.document),
      ...parts.flatMap((part) => part.problems),
    ]),
    warnings: specWarnings(context.spec),
    revisions: {
      coordinator: coordinator.revision,
      pools: Object.fromEntries(nodes.map(({ revision }, index) => [pools[index]?.name, revision])),
    },
  };
}

function renderCoordinator(context: RenderContext, source: SettingsSource): Part {
  const { spec, names } = context;
  const of = { role: COORDINATOR, name: names.coordinator };
  const document = coordinatorSettings(context, source);
  const settings = settingsObjects(context, { ...of, secret: source.secret }, document);
  const replicas = spec.coordinator?.replicas ?? RENDER_DEFAULTS.coordinatorReplicas;
  return {
    settings: settings.manifests,
    revision: settings.revision,
    problems: [...settings.problems, ...templateProblems(spec.coordinator, 'spec.coordinator')],
    manifests: [
      ...(spec.networkPolicy?.enabled ? [coordinatorPolicy(context, spec.networkPolicy)] : []),
      coordinatorDeployment(context, document.settings),
      ...disruptionBudget(context, { ...of, replicas }),
      ...scrape(context, of),
    ],
  };
}

function renderPool(context: RenderContext, source: SettingsSource, pool: Pool): Part {
  const { spec, names } = context;
  const of = { role: nodeRole(pool), name: names.pool(pool.name) };
  const settings = settingsObjects(context, { ...of, secret: source.secret }, nodeSettings(context, source, pool));
  const replicas = pool.spec.autoscaling?.max ?? pool.spec.replicas ?? RENDER_DEFAULTS.nodeReplicas;
  return {
    settings: settings.manifests,
    revision: settings.revision,
    problems: [...settings.problems, ...sidecarProblems(spec, pool), ...templateProblems(pool.spec, pool.path)],
    manifests: [
      ...(spec.networkPolicy?.enabled ? [nodePolicy(context, spec.networkPolicy, pool)] : []),
      nodeDeployment(context, pool),
      ...disruptionBudget(context, { ...of, replicas }),
      ...autoscaler(context, pool),
      ...(spec.monitoring?.scrape === 'service-monitor' ? [nodeMetricsEndpoint(context, pool)] : []),
      ...scrape(context, of),
    ],
  };
}

function templateProblems(pods: PodsSpec | undefined, path: string): SpecProblem[] {
  return patchProblems(pods?.podTemplate ?? {}, `${path}.podTemplate`);
}

/** How clients come in from outside of the Kubernetes cluster. */
function entrance(context: RenderContext): Manifest[] {
  const { coordinator } = context.spec;
  return [
    ...(coordinator?.ingress === undefined ? [] : [ingress(context, coordinator.ingress)]),
    ...(coordinator?.httpRoute === undefined ? [] : [httpRoute(context, coordinator.httpRoute)]),
  ];
}

/** Each once: every role has the problems of its settings, and a value that is missing is also found to be empty. */
function distinct(problems: readonly SpecProblem[]): SpecProblem[] {
  const absent = new Set(problems.flatMap(({ path, missing }) => (missing === undefined ? [] : path)));
  const kept = problems.filter(({ path, missing }) => missing !== undefined || !absent.has(path));
  return [...new Map(kept.map((problem) => [`${problem.path}: ${problem.message}`, problem])).values()];
}
