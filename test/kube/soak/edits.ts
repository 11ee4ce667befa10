import { setTimeout as sleep } from 'node:timers/promises';
import { API } from '../../../operator/api/names.ts';
import type { Random } from '../../chaos/random.ts';
import { MISSES, type Miss, missOf } from './misses.ts';
import { type Place, secretOf, specOf } from './place.ts';

/** How often each happens, among all. */
const WEIGHTS = {
  settings: 30,
  secret: 15,
  scale: 12,
  drift: 20,
  removal: 8,
  template: 5,
  recreation: 5,
  invalid: 5,
};

export type EditKind = keyof typeof WEIGHTS;

/** What became of edits. */
export interface Tally {
  done: Record<EditKind, number>;
  missed: Record<Miss, number>;
  /** What the first ones say that were missed for no reason that there should be. */
  unexpected: string[];
}

const MERGE = 'application/merge-patch+json';
/** Milliseconds between two edits of one hand. */
const PAUSE = 250;
/** Unexpected ones that are kept. */
const KEPT = 5;

/** What is done to the clusters. */
export class Edits {
  #tally = noEdits();
  readonly #place: Place;
  readonly #random: Random;

  constructor(place: Place, random: Random) {
    this.#place = place;
    this.#random = random;
  }

  /** What became of the edits since the last call. */
  take(): Tally {
    const tally = this.#tally;
    this.#tally = noEdits();
    return tally;
  }

  /** Edits clusters until the signal is aborted. @param hands how many at the same time */
  async go(hands: number, signal: AbortSignal): Promise<void> {
    const hand = async () => {
      while (!signal.aborted) {
        await this.#one();
        await sleep(PAUSE, undefined, { signal }).catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: hands }, hand));
  }

  /** Brings all specs to what they are in quiet, and what they refer to into being. @throws when that does not succeed */
  async rest(): Promise<void> {
    for (const name of this.#place.names) {
      await this.#writeSecret(name, 'quiet');
      await this.#place.clusters.apply(name, { ...specOf(name), nodes: { replicas: 1, podTemplate: {} } });
    }
  }

  async #one(): Promise<void> {
    const name = this.#random.pick(this.#place.names);
    const kind = this.#random.weighted(WEIGHTS);
    try {
      await this.#edit(kind, name, String(this.#random.between(0, 1_000_000)));
      this.#tally.done[kind] += 1;
    } catch (error) {
      this.#miss(kind, error);
    }
  }

  #miss(kind: EditKind, error: unknown): void {
    const { missed, unexpected } = this.#tally;
    const miss = missOf(error);
    missed[miss] += 1;
    if (miss === 'unexpected' && unexpected.length < KEPT) unexpected.push(`${kind}: ${error}`);
  }

  #edit(kind: EditKind, name: string, mark: string): Promise<unknown> {
    const { clusters } = this.#place;
    switch (kind) {
      case 'settings':
        return clusters.apply(name, specOf(name, mark));
      case 'secret':
        return this.#writeSecret(name, mark);
      case 'scale':
        return clusters.patch(name, { spec: { nodes: { replicas: this.#random.between(1, 2) } } });
      case 'template':
        return clusters.patch(name, { spec: { nodes: { podTemplate: { metadata: { annotations: { mark } } } } } });
      case 'drift':
        return this.#drift(name, mark);
      case 'removal':
        return this.#remove(name);
      case 'recreation':
        return clusters.delete(name).then(() => clusters.apply(name, specOf(name, mark)));
      case 'invalid':
        return clusters.patch(name, {
          spec: { mcpServers: { echo: { envFrom: [{ secretRef: { name: 'nobody' } }] } } },
        });
    }
  }

  /** A secret that is deleted comes back with the next edit of it. */
  async #writeSecret(name: string, value: string): Promise<void> {
    const { plane, namespace } = this.#place;
    const secret = secretOf(name);
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    if (value !== 'quiet' && this.#random.next() < 0.1) {
      await plane.api.ok('DELETE', `${path}/${secret}`);
      return;
    }
    const manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: secret }, stringData: { KEY: value } };
    await plane.api.ok(
      'PATCH',
      `${path}/${secret}?fieldManager=user&force=true`,
      manifest,
      'application/apply-patch+yaml',
    );
  }

  /** By hand, somebody changes what the operator made. */
  #drift(name: string, mark: string): Promise<unknown> {
    const { plane, namespace } = this.#place;
    const ways = [
      [`apis/apps/v1/namespaces/${namespace}/deployments/${name}-node`, { spec: { replicas: 3 } }],
      [`api/v1/namespaces/${namespace}/configmaps/${name}-node`, { data: { 'mcp_settings.json': mark } }],
      [`api/v1/namespaces/${namespace}/services/${name}`, { metadata: { labels: { [`${API.group}/cluster`]: mark } } }],
      [`api/v1/namespaces/${namespace}/serviceaccounts/${name}`, { automountServiceAccountToken: true }],
    ] as const;
    const [path, patch] = this.#random.pick(ways);
    return plane.api.ok('PATCH', `/${path}`, patch, MERGE);
  }

  #remove(name: string): Promise<unknown> {
    const { plane, namespace } = this.#place;
    const paths = [
      `apis/apps/v1/namespaces/${namespace}/deployments/${name}-coordinator`,
      `api/v1/namespaces/${namespace}/configmaps/${name}-coordinator`,
      `api/v1/namespaces/${namespace}/secrets/${name}-node`,
      `api/v1/namespaces/${namespace}/services/${name}-coordinators`,
    ];
    return plane.api.ok('DELETE', `/${this.#random.pick(paths)}`);
  }
}

/** @returns the number of them */
export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function noEdits(): Tally {
  return { done: zeros(Object.keys(WEIGHTS) as EditKind[]), missed: zeros(MISSES), unexpected: [] };
}

function zeros<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
}
