import type { RenderDefaults, SpecProblem } from '../render/input.ts';
import type { Manifest } from '../render/manifest.ts';
import { render } from '../render/render.ts';
import { readCredentials, type StoredCredentials } from './credentials.ts';
import { COORDINATOR_ROLE } from './member.ts';
import type { Resolver } from './resolve.ts';
import type { Revisions } from './settings-revision.ts';
import type { Subject, World } from './world.ts';

/** What a spec comes to. */
export interface Plan {
  /** With any, the manifests are not to be applied. */
  problems: SpecProblem[];
  /** What works, and is likely not meant. */
  warnings: SpecProblem[];
  manifests: Manifest[];
  revisions: Revisions;
  /** Undefined where the Secret of that name is not ours. */
  credentials: StoredCredentials | undefined;
}

/** One that can be carried out. */
export type ReadyPlan = Plan & { credentials: StoredCredentials };

export function isReady(plan: Plan): plan is ReadyPlan {
  return plan.problems.length === 0 && plan.credentials !== undefined;
}

/**
 * Resolves what a spec refers to, reads or makes its credentials, and renders it.
 * @throws KubeError where the API server does not answer
 */
export async function planOf(
  world: Pick<World, 'client' | 'children'> & { defaults: RenderDefaults },
  resolver: Resolver,
  subject: Subject,
): Promise<Plan> {
  const { references, problems } = await resolver.resolve(subject);
  const credentials = await readCredentials(world, subject);
  if (!('state' in credentials)) {
    return { problems: [...problems, credentials], warnings: [], manifests: [], revisions: {}, credentials: undefined };
  }
  const { tokens, secrets } = credentials.state;
  const { cluster } = subject;
  const rendered = render({ cluster, references, credentials: { tokens, secrets }, defaults: world.defaults });
  const known = new Set(problems.map(({ path }) => path));
  return {
    // What may not be read is absent for the renderer, and to say so again would send the user in a wrong direction.
    problems: [...problems, ...rendered.problems.filter(({ path }) => !known.has(path))],
    warnings: rendered.warnings,
    manifests: rendered.manifests,
    revisions: { ...rendered.revisions.pools, [COORDINATOR_ROLE]: rendered.revisions.coordinator },
    credentials,
  };
}
