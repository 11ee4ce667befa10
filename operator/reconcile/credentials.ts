import { randomBytes } from 'node:crypto';
import { ANNOTATIONS, clusterLabels, objectNames, ownerReference } from '../api/names.ts';
import type { KubeObject } from '../kube/contract.ts';
import { controllerOf } from '../kube/ownership.ts';
import type { SpecProblem } from '../render/input.ts';
import { SECRETS } from './kinds.ts';
import { contentOf } from './resolve.ts';
import { type CredentialState, type Fresh, firstState, nextState, type Phase, untilExpiry } from './rotation.ts';
import type { Subject, World } from './world.ts';

/** Annotations of the Secret: the rest of the state beside the values. */
const STATE = {
  phase: 'mcphub.io/rotation-phase',
  rotation: 'mcphub.io/rotation',
  /** RFC 3339 times, separated by commas. */
  retired: 'mcphub.io/secrets-retired',
} as const;

export interface StoredCredentials {
  state: CredentialState;
  object: KubeObject;
}

/**
 * The credentials of a cluster, made when there are none.
 * @returns a problem when a Secret of that name belongs to somebody else
 * @throws KubeError, also a conflict when another operator was faster
 */
export async function readCredentials(
  world: Pick<World, 'client' | 'children'>,
  subject: Subject,
): Promise<StoredCredentials | SpecProblem> {
  const name = objectNames(subject.name).cluster;
  // A store may lag behind, and to make new credentials twice would cut off every member: the API server has the last word.
  const object =
    world.children(SECRETS)?.get(subject.namespace, name) ?? (await world.client.get(SECRETS, subject.namespace, name));
  if (object === undefined) {
    const state = firstState(wantedRotation(subject), freshValues());
    return { state, object: await world.client.create(SECRETS, secretOf(subject, state)) };
  }
  if (controllerOf(object)?.uid !== subject.uid) {
    const message = `a Secret "${name}" exists that is not this cluster's; delete it, or give the cluster another name`;
    return { path: 'metadata.name', message };
  }
  const state = stateOf(object);
  return state === undefined
    ? {
        path: 'metadata.name',
        message: `the Secret "${name}" holds no credentials any more; delete it to get new ones`,
      }
    : { state, object };
}

/** Tokens of a cluster as far as they are known; nothing is made. */
export function knownTokens({ children }: Pick<World, 'children'>, { namespace, name, uid }: Subject): string[] {
  const object = children(SECRETS)?.get(namespace, objectNames(name).cluster);
  return object === undefined || controllerOf(object)?.uid !== uid ? [] : (stateOf(object)?.tokens ?? []);
}

/**
 * Takes the next step of a rotation, or drops what has expired. The change of the Secret is what brings the cluster
 * back to the reconciler.
 * @param inForce every running member has the settings that follow from the present state
 * @returns milliseconds until there is something to do without any change
 * @throws KubeError a conflict when the Secret has changed since it was read
 */
export async function advanceRotation(
  world: Pick<World, 'client' | 'clock' | 'log'>,
  subject: Subject,
  { state, object }: StoredCredentials,
  inForce: boolean,
): Promise<number | undefined> {
  const now = world.clock.now();
  const next = nextState({ state, wanted: wantedRotation(subject), inForce, now, fresh: freshValues });
  if (next === undefined) return untilExpiry(state, now);
  await world.client.update(SECRETS, { ...secretOf(subject, next), metadata: metadataOf(subject, next, object) });
  world.log.info({ cluster: subject.key, phase: next.phase, rotation: next.rotation }, 'Credentials changed');
  return undefined;
}

function wantedRotation({ cluster }: Subject): string {
  return cluster.metadata.annotations?.[ANNOTATIONS.rotate] ?? '';
}

function freshValues(): Fresh {
  return { token: randomBytes(32).toString('base64url'), secret: randomBytes(32).toString('base64url') };
}

/** The Secret that keeps a state. Values are separated by commas, as members read them from their environment too. */
export function secretOf(subject: Subject, state: CredentialState): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataOf(subject, state),
    type: 'Opaque',
    data: { token: encode(state.tokens), secret: encode(state.secrets) },
  };
}

function metadataOf(subject: Subject, state: CredentialState, before?: KubeObject): KubeObject['metadata'] {
  const { resourceVersion, uid, labels, annotations, ownerReferences } = before?.metadata ?? {};
  return {
    name: objectNames(subject.name).cluster,
    namespace: subject.namespace,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(uid === undefined ? {} : { uid }),
    labels: { ...labels, ...clusterLabels(subject.name) },
    annotations: {
      ...annotations,
      [STATE.phase]: state.phase,
      [STATE.rotation]: state.rotation,
      [STATE.retired]: state.retired.map((at) => new Date(at).toISOString()).join(','),
    },
    ownerReferences: ownerReferences ?? [ownerReference(subject.cluster.metadata)],
  };
}

/** @returns undefined for a Secret that lacks what it should hold */
export function stateOf(object: KubeObject): CredentialState | undefined {
  const content = contentOf(object);
  const annotations = object.metadata.annotations ?? {};
  const tokens = list(content.token);
  const secrets = list(content.secret);
  if (tokens.length === 0 || secrets.length === 0) return undefined;
  const retired = list(annotations[STATE.retired]).map((time) => Date.parse(time));
  return {
    tokens,
    secrets,
    // Without a second token there is nothing to switch to, whatever the annotation says.
    phase: tokens.length > 1 ? phaseOf(annotations[STATE.phase]) : 'settled',
    rotation: annotations[STATE.rotation] ?? '',
    retired: retired.filter((time) => Number.isFinite(time)),
  };
}

function phaseOf(text: string | undefined): Phase {
  return text === 'announced' || text === 'switched' ? text : 'settled';
}

function encode(values: readonly string[]): string {
  return Buffer.from(values.join(',')).toString('base64');
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((value) => value !== '');
}
