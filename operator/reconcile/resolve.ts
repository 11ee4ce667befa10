import type { KubeClient, KubeObject, Store } from '../kube/contract.ts';
import { KubeError } from '../kube/errors.ts';
import type { References, SpecProblem } from '../render/input.ts';
import { type Reference, referencesOf } from '../render/references.ts';
import { CONFIG_MAPS, SECRETS } from './kinds.ts';
import type { Subject, World } from './world.ts';

type Content = Record<string, string>;

/** What was read, with the version of the object it is of. */
interface Found {
  version: string;
  content: Content;
}

type Known = Map<string, Found>;

export interface Resolved {
  references: References;
  problems: SpecProblem[];
}

/** Reads the Secrets and ConfigMaps that specs refer to. */
export interface Resolver {
  /**
   * What they hold now. The watches of metadata say what is there and what has changed, so only that is read.
   * @throws KubeError where the API server does not answer; a refusal is a problem of the spec
   */
  resolve(subject: Subject): Promise<Resolved>;
  forget(key: string): void;
}

export function createResolver(world: Pick<World, 'client' | 'foreign' | 'children'>): Resolver {
  const known = new Map<string, Known>();

  /** What one reference leads to; undefined where there is no such object. */
  async function look(namespace: string, reference: Reference, kept: Found | undefined): Promise<Found | undefined> {
    const version = versionOf(world, namespace, reference);
    if (version === undefined) return undefined;
    return kept?.version === version ? kept : read(world.client, namespace, reference, version);
  }

  return {
    async resolve({ key, namespace, cluster }) {
      const before = known.get(key);
      const after: Known = new Map();
      const problems: SpecProblem[] = [];
      const references: References = { secrets: {}, configMaps: {} };
      for (const reference of distinct(referencesOf(cluster.spec))) {
        const id = idOf(reference);
        try {
          const found = await look(namespace, reference, before?.get(id));
          if (found === undefined) continue;
          after.set(id, found);
          references[reference.kind === 'Secret' ? 'secrets' : 'configMaps'][reference.name] = found.content;
        } catch (error) {
          problems.push(refusal(reference, error));
        }
      }
      known.set(key, after);
      return { references, problems };
    },
    forget: (key) => known.delete(key),
  };
}

function idOf({ kind, name }: Reference): string {
  return `${kind}/${name}`;
}

/** Each object once, with the first place that names it. */
function distinct(references: readonly Reference[]): Reference[] {
  const first = new Map<string, Reference>();
  for (const reference of references) {
    const id = idOf(reference);
    if (!first.has(id)) first.set(id, reference);
  }
  return [...first.values()];
}

/** What the watches know of it; those of the operator's own label are in the other store. */
function versionOf(
  world: Pick<World, 'foreign' | 'children'>,
  namespace: string,
  { kind, name }: Reference,
): string | undefined {
  const { metadata, own } = storesOf(world, kind);
  const object = metadata.get(namespace, name) ?? own?.get(namespace, name);
  return object?.metadata.resourceVersion;
}

function storesOf(
  world: Pick<World, 'foreign' | 'children'>,
  kind: Reference['kind'],
): { metadata: Store; own: Store | undefined } {
  if (kind === 'Secret') return { metadata: world.foreign.secrets, own: world.children(SECRETS) };
  return { metadata: world.foreign.configMaps, own: world.children(CONFIG_MAPS) };
}

async function read(
  client: KubeClient,
  namespace: string,
  { kind, name }: Reference,
  version: string,
): Promise<Found | undefined> {
  const object = await client.get(kind === 'Secret' ? SECRETS : CONFIG_MAPS, namespace, name);
  if (object === undefined) return undefined;
  return { version: object.metadata.resourceVersion ?? version, content: contentOf(object) };
}

/** The keys and their texts, those of a Secret decoded. */
export function contentOf(object: KubeObject): Content {
  const data = (object.data ?? {}) as Record<string, string>;
  if (object.kind !== 'Secret') return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString('utf8')]),
  );
}

function refusal({ kind, name, path }: Reference, error: unknown): SpecProblem {
  if (!(error instanceof KubeError) || error.status !== 403) throw error;
  return { path, message: `the operator may not read the ${kind} "${name}": ${error.message}; let its role get it` };
}
