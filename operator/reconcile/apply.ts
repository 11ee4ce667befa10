import { ANNOTATIONS } from '../api/names.ts';
import type { KubeObject, Resource } from '../kube/contract.ts';
import { KubeError } from '../kube/errors.ts';
import { controllerOf } from '../kube/ownership.ts';
import { differences } from '../render/drift.ts';
import { type Manifest, manifestHash } from '../render/manifest.ts';
import { OPTIONAL, resourceOf } from './kinds.ts';
import type { Trouble } from './report/facts.ts';
import type { Subject, World } from './world.ts';
import { writeManifest } from './write-manifest.ts';

/** Milliseconds for which a store may lag behind our own write. */
const LAG = 2_000;

export interface Applied {
  troubles: Trouble[];
  /** Something was written in this pass. */
  wrote: boolean;
  /** Milliseconds until it should be looked at again without any change. */
  again?: number;
}

/** Brings objects to their manifests. */
export interface Applier {
  /**
   * Applies each manifest whose live object differs. Foreign objects are left alone, and what the API server refuses does
   * not keep it from the rest.
   * @param beforeScaleDown called before a Deployment gets fewer Pods
   * @throws KubeError where trying again soon may help
   */
  apply(subject: Subject, manifests: readonly Manifest[], beforeScaleDown: () => Promise<void>): Promise<Applied>;
  /** Drops what is remembered of a cluster that is gone. */
  forget(key: string): void;
}

/** What is remembered of the last write of an object. */
interface Written {
  hash: string;
  /** Clock time. */
  at: number;
  /** Version that the store had then. */
  from: string | undefined;
  /** Where the API server keeps something else than what was applied; another write would change nothing. */
  stubborn: string;
}

export function createApplier(world: Pick<World, 'client' | 'children' | 'clock' | 'log'>): Applier {
  const written = new Map<string, Map<string, Written>>();

  async function applyOne(
    subject: Subject,
    resource: Resource,
    manifest: Manifest,
    live: KubeObject | undefined,
  ): Promise<void> {
    const { kind, metadata } = manifest;
    const id = `${kind}/${metadata.name}`;
    const from = live?.metadata.resourceVersion;
    const hash = metadata.annotations?.[ANNOTATIONS.manifest] ?? '';
    const at = world.clock.monotonic();
    const result = await writeManifest(world.client, resource, manifest, live);
    const stubborn = differences(result, manifest);
    const before = written.get(subject.key)?.get(id);
    const paths = stubborn.join(' ');
    if (stubborn.length > 0 && (before?.hash !== hash || before.stubborn !== paths)) {
      world.log.warn(
        { cluster: subject.key, kind, name: metadata.name, paths: stubborn },
        'Kept otherwise than applied',
      );
    }
    const own = written.get(subject.key) ?? new Map<string, Written>();
    written.set(subject.key, own.set(id, { hash, at, from, stubborn: paths }));
    world.log.info({ cluster: subject.key, kind, name: metadata.name }, live === undefined ? 'Created' : 'Applied');
  }

  /** Whether another write can wait, or would change nothing. */
  function isWritten(subject: Subject, manifest: Manifest, live: KubeObject, paths: string): Outcome | undefined {
    const last = written.get(subject.key)?.get(`${manifest.kind}/${manifest.metadata.name}`);
    if (last === undefined || last.hash !== manifest.metadata.annotations?.[ANNOTATIONS.manifest]) return undefined;
    if (last.stubborn !== '' && last.stubborn === paths) return {};
    const lags = last.from === live.metadata.resourceVersion && world.clock.monotonic() - last.at < LAG;
    return lags ? { again: LAG } : undefined;
  }

  /** What is left to do nothing about: what is not ours, what goes, and what is as it should be. */
  function settled(subject: Subject, manifest: Manifest, live: KubeObject): Outcome | undefined {
    if (controllerOf(live)?.uid !== subject.uid) return { trouble: foreign(live) };
    if (live.metadata.deletionTimestamp !== undefined) return { again: LAG };
    const paths = differences(live, manifest);
    return paths.length === 0 ? {} : isWritten(subject, manifest, live, paths.join(' '));
  }

  async function bring(subject: Subject, rendered: Manifest, beforeScaleDown: () => Promise<void>): Promise<Outcome> {
    const resource = resourceOf(rendered);
    if (resource === undefined) throw new TypeError(`no resource is known for the kind ${rendered.kind}`);
    const store = world.children(resource);
    if (store === undefined) return { trouble: unserved(rendered) };
    const manifest = withHash(rendered);
    // Stores hold what has our label, and may lag: only the API server knows that there is no object of this name.
    const live =
      store.get(subject.namespace, manifest.metadata.name) ??
      (await world.client.get(resource, subject.namespace, manifest.metadata.name));
    const outcome = live === undefined ? undefined : settled(subject, manifest, live);
    if (outcome !== undefined) return outcome;
    if (isScaleDown(live, manifest)) await beforeScaleDown();
    await applyOne(subject, resource, manifest, live);
    return { wrote: true };
  }

  return {
    async apply(subject, manifests, beforeScaleDown) {
      const outcomes: Outcome[] = [];
      for (const manifest of manifests) {
        outcomes.push(await bring(subject, manifest, beforeScaleDown).catch((error) => refusal(manifest, error)));
      }
      const troubles = outcomes.flatMap(({ trouble }) => trouble ?? []);
      const waits = outcomes.flatMap(({ again }) => again ?? []);
      const wrote = outcomes.some((outcome) => outcome.wrote === true);
      return { troubles, wrote, ...(waits.length === 0 ? {} : { again: Math.min(...waits) }) };
    },
    forget: (key) => written.delete(key),
  };
}

interface Outcome {
  wrote?: boolean;
  trouble?: Trouble;
  again?: number;
}

/** The hash shows also what an earlier manifest had and this one has not. */
function withHash(manifest: Manifest): Manifest {
  const annotations = { ...manifest.metadata.annotations, [ANNOTATIONS.manifest]: manifestHash(manifest) };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

/** Whether a Deployment gets fewer Pods by this. */
export function isScaleDown(live: KubeObject | undefined, manifest: Manifest): boolean {
  if (manifest.kind !== 'Deployment' || live === undefined) return false;
  const wanted = (manifest.spec as { replicas?: number } | undefined)?.replicas;
  const present = (live.spec as { replicas?: number } | undefined)?.replicas ?? 1;
  return wanted !== undefined && wanted < present;
}

function unserved({ kind, metadata }: Manifest): Trouble {
  const from = OPTIONAL.find((resource) => resource.kind === kind)?.from ?? 'what defines it';
  const message = `the ${kind} "${metadata.name}" cannot be made, as this API server does not serve that kind: install ${from}, or remove the field that asks for it`;
  return { reason: 'ApiNotServed', message };
}

function foreign({ kind, metadata }: KubeObject): Trouble {
  const message = `the ${kind} "${metadata.name}" belongs to somebody else and is left alone: delete or rename it, or give the McpHubCluster another name`;
  return { reason: 'InvalidOwnership', message };
}

/** @throws what is no refusal */
function refusal(manifest: Manifest, error: unknown): Outcome {
  if (!(error instanceof KubeError) || ![400, 403, 404, 422].includes(error.status)) throw error;
  // An apply makes what is not there. What is not found is the kind, which has just ceased to be served.
  if (error.status === 404) return { trouble: unserved(manifest) };
  const { kind, metadata } = manifest;
  return { trouble: { reason: 'Refused', message: `the ${kind} "${metadata.name}" was refused: ${error.message}` } };
}
