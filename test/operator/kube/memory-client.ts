import type { KubeClient, KubeObject } from '../../../operator/kube/contract.ts';
import { KubeError } from '../../../operator/kube/errors.ts';
import type { Model } from './model.ts';

/** What a memory client does before each call: throw, or wait. */
export type Before = (verb: string, name: string) => Promise<void> | void;

/** A client of a model in memory, where time plays no part: versions are checked as an API server does. */
export function createMemoryClient(model: Model): KubeClient & { before: Before | undefined; calls: string[] } {
  const refuse = (status: number, reason: string) => new KubeError(reason, { status, reason });
  const client = {
    before: undefined as Before | undefined,
    calls: [] as string[],
    async enter(verb: string, name: string): Promise<void> {
      client.calls.push(`${verb} ${name}`);
      await client.before?.(verb, name);
    },
  };
  const put = (object: KubeObject) =>
    structuredClone(model.put(object.metadata.namespace ?? '', object.metadata.name, object));
  return Object.assign(client, {
    async get(_resource: unknown, namespace: string | undefined, name: string) {
      await client.enter('get', name);
      return structuredClone(model.get(namespace ?? '', name));
    },
    async list() {
      await client.enter('list', '');
      return { items: structuredClone(model.list()), resourceVersion: String(model.version) };
    },
    async create(_resource: unknown, object: KubeObject) {
      await client.enter('create', object.metadata.name);
      if (model.get(object.metadata.namespace ?? '', object.metadata.name)) throw refuse(409, 'AlreadyExists');
      return put(object);
    },
    async update(_resource: unknown, object: KubeObject) {
      await client.enter('update', object.metadata.name);
      const found = model.get(object.metadata.namespace ?? '', object.metadata.name);
      if (found === undefined) throw refuse(404, 'NotFound');
      if (found.metadata.resourceVersion !== object.metadata.resourceVersion) throw refuse(409, 'Conflict');
      return put(object);
    },
    async mergePatch(_resource: unknown, namespace: string | undefined, name: string, patch: Record<string, unknown>) {
      await client.enter('patch', name);
      return model.get(namespace ?? '', name) && structuredClone(model.put(namespace ?? '', name, patch));
    },
    async delete(_resource: unknown, namespace: string | undefined, name: string) {
      model.remove(namespace ?? '', name);
    },
    apply: async (_resource: unknown, object: KubeObject) => put(object),
    applyStatus: async (_resource: unknown, object: KubeObject) => put(object),
    serves: async () => true,
  });
}
