import { fileURLToPath } from 'node:url';
import { API } from '../../../operator/api/names.ts';
import type { ConditionType, McpHubCluster, McpHubClusterSpec } from '../../../operator/api/types.ts';
import { eventually } from '../../support/eventually.ts';
import type { ControlPlane } from './control-plane.ts';

const CRDS = fileURLToPath(new URL('../../../crds', import.meta.url));
const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';

/** A spec as a user writes it: without what has a default. */
export type SpecInput = { [Field in keyof McpHubClusterSpec]?: unknown };

/** Installs what defines McpHubCluster, and waits until it is served. */
export async function applyCrds(plane: ControlPlane): Promise<void> {
  await plane.kubectl(['apply', '--server-side', '--force-conflicts', '-f', CRDS]);
  const crd = `crd/${API.plural}.${API.group}`;
  await plane.kubectl(['wait', '--for=condition=Established', '--timeout=30s', crd]);
}

/** The McpHubCluster objects of one namespace, as their user has them: with rights for all, past any proxy. */
export class Clusters {
  readonly #plane: ControlPlane;
  readonly #namespace: string;

  constructor(plane: ControlPlane, namespace: string) {
    this.#plane = plane;
    this.#namespace = namespace;
  }

  /** Server-side apply, as `kubectl apply --server-side`. @throws with what the API server says against it */
  apply(name: string, spec: SpecInput, annotations: Record<string, string> = {}): Promise<McpHubCluster> {
    const manifest = { apiVersion: API.apiVersion, kind: API.kind, metadata: { name, annotations }, spec };
    return this.#plane.api.ok('PATCH', `${this.#path(name)}?fieldManager=user&force=true`, manifest, APPLY);
  }

  /** @param patch a merge patch of the whole object */
  patch(name: string, patch: object): Promise<McpHubCluster> {
    return this.#plane.api.ok('PATCH', this.#path(name), patch, MERGE);
  }

  /** @throws when there is none */
  get(name: string): Promise<McpHubCluster> {
    return this.#plane.api.ok('GET', this.#path(name));
  }

  /** Begins the deletion. @param propagation as in DeleteOptions */
  delete(name: string, propagation: 'Background' | 'Foreground' | 'Orphan' = 'Background'): Promise<unknown> {
    return this.#plane.api.ok('DELETE', this.#path(name), { propagationPolicy: propagation });
  }

  /** Waits until the object is gone. */
  gone(name: string, within?: number): Promise<void> {
    const path = this.#path(name);
    return eventually(
      `${name} is gone`,
      async () => {
        const { status, body } = await this.#plane.api.call('GET', path);
        if (status !== 404) throw new Error(`${status} ${JSON.stringify(body.metadata ?? body)}`);
      },
      within,
    );
  }

  /**
   * Waits for a condition that tells of the spec as it is now, not as it was before the last change.
   * @param status default: `True`
   * @param reason any when absent
   * @returns the object with it
   */
  condition(
    name: string,
    type: ConditionType,
    status: 'True' | 'False' | 'Unknown' = 'True',
    { reason, within }: { reason?: string; within?: number } = {},
  ): Promise<McpHubCluster> {
    return eventually(
      `${this.#namespace}/${name} has ${type}=${status}${reason === undefined ? '' : ` for ${reason}`}`,
      async () => {
        const cluster = await this.get(name);
        const found = cluster.status?.conditions?.find((condition) => condition.type === type);
        const current = found?.observedGeneration === cluster.metadata.generation;
        if (current && found?.status === status && (reason === undefined || found.reason === reason)) return cluster;
        throw new Error(`generation ${cluster.metadata.generation}, status ${JSON.stringify(cluster.status)}`);
      },
      within,
    );
  }

  #path(name: string): string {
    return `/apis/${API.apiVersion}/namespaces/${this.#namespace}/${API.plural}/${name}`;
  }
}
