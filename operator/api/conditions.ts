import type { Condition } from './types.ts';

/**
 * Conditions of McpHubCluster and their reasons: what each means, and what to do. `docs/kubernetes-api.md` is made from this
 * table. Reasons are for programs and never change; messages are for people and name the object at hand.
 */
export const CONDITIONS = {
  Ready: {
    about: 'Clients can work with all that the spec says. This is the one to wait for.',
    reasons: {
      Ready: [
        'True',
        'Coordinators and nodes serve, the spec is in use, and every enabled server is up somewhere.',
        'Nothing.',
      ],
      NotReady: ['False', 'Something is missing; the message says what.', 'Read the other conditions.'],
      Paused: [
        'Unknown',
        '`spec.paused` is true, so the operator leaves everything as it is.',
        'Set `spec.paused` to false to go on.',
      ],
    },
  },
  Available: {
    about: 'At least one coordinator and one active node serve.',
    reasons: {
      Serving: ['True', 'A coordinator and a node serve.', 'Nothing.'],
      NoCoordinator: [
        'False',
        'No coordinator is ready, so nobody can connect.',
        'Look at the Pods of the coordinators: `kubectl describe pod -l app.kubernetes.io/component=coordinator`.',
      ],
      NoNode: [
        'False',
        'No node is active, so no server answers.',
        'Look at the Pods of the nodes: `kubectl describe pod -l app.kubernetes.io/component=node`.',
      ],
      ScaledToZero: [
        'False',
        'No node is wanted.',
        'Raise `spec.nodes.replicas`: `kubectl scale mhc NAME --replicas 2`.',
      ],
      Unobserved: [
        'Unknown',
        'No coordinator could be asked.',
        'Wait; if it stays, check that the operator reaches the Pods.',
      ],
    },
  },
  Progressing: {
    about: 'Something is being brought to what is wanted.',
    reasons: {
      Reconciling: ['True', 'Objects are being created or changed.', 'Wait.'],
      RollingOut: ['True', 'Pods are being replaced by newer ones.', 'Wait.'],
      Scaling: ['True', 'Pods are being added, or nodes drain before they go.', 'Wait.'],
      Complete: ['False', 'Everything is as it was wanted.', 'Nothing.'],
      Stalled: [
        'False',
        'A rollout makes no progress.',
        'Look at the Pods that the message names: the image, the resources, or room on the Kubernetes nodes is missing.',
      ],
      Paused: ['False', '`spec.paused` is true.', 'Set `spec.paused` to false to go on.'],
    },
  },
  Degraded: {
    about: 'It works, but not as well as it should.',
    reasons: {
      Healthy: ['False', 'Nothing is wrong.', 'Nothing.'],
      ServersFailed: [
        'True',
        'Some servers are not connected.',
        '`status.servers` has the reason of each; mostly a command, an address or a secret is wrong.',
      ],
      PodsUnavailable: ['True', 'Some Pods are not ready for long.', 'Look at the Pods that the message names.'],
      NodesNotJoined: [
        'True',
        'Pods of nodes are ready, but the coordinators do not know them.',
        'Look at the log of the nodes; a NetworkPolicy may keep them from the coordinators.',
      ],
      InvalidOwnership: [
        'True',
        'An object of the name that is needed belongs to somebody else; it is left alone.',
        'Rename or delete that object, or rename the McpHubCluster.',
      ],
      ApiNotServed: [
        'True',
        'The API server does not know a kind that the spec asks for, such as ServiceMonitor.',
        'Install its CRDs, or remove the field that the message names.',
      ],
      Refused: [
        'True',
        'The API server refused an object: by permission, admission or quota.',
        'The message has its words; correct the spec, the policy or the quota.',
      ],
      Unobserved: [
        'Unknown',
        'No coordinator could be asked.',
        'Wait; if it stays, check that the operator reaches the Pods.',
      ],
    },
  },
  ConfigValid: {
    about: 'The spec can be used. While it cannot, the last good state goes on running.',
    reasons: {
      Valid: ['True', 'The spec is in use.', 'Nothing.'],
      InvalidSpec: ['False', 'A field is wrong.', 'Correct the path that the message names.'],
      MissingReference: [
        'False',
        'A Secret or ConfigMap, or a key of one, is missing.',
        'Create it; nothing else is needed, it heals by itself.',
      ],
    },
  },
  Verified: {
    about: 'A real MCP handshake through the Service succeeded.',
    reasons: {
      HandshakeSucceeded: ['True', 'A coordinator and a node answered.', 'Nothing.'],
      HandshakeFailed: [
        'False',
        'Something answered, but not as MCP says.',
        'The message has the answer; look at the log of the coordinators.',
      ],
      NotReachable: [
        'False',
        'The Service did not answer.',
        'Check the Service, its endpoints and NetworkPolicies between the operator and the coordinators.',
      ],
      NotYetVerified: ['Unknown', 'No handshake was tried yet, because nothing serves.', 'Wait.'],
      VerificationDisabled: [
        'Unknown',
        'The operator was told not to try handshakes.',
        'Allow them in the settings of the operator, if you want them.',
      ],
    },
  },
} as const satisfies Record<string, ConditionAbout>;

interface ConditionAbout {
  about: string;
  /** By reason: the status that goes with it, what it means, what to do. */
  reasons: Record<string, readonly ['True' | 'False' | 'Unknown', string, string]>;
}

export type ConditionType = keyof typeof CONDITIONS;
export type ReasonOf<T extends ConditionType> = keyof (typeof CONDITIONS)[T]['reasons'];

/** A condition before it is known when its status changed. */
export type NewCondition = Omit<Condition, 'lastTransitionTime'>;

/**
 * A condition with the status that its reason implies.
 *
 * @param message why, and what to do, about the very object
 * @param observedGeneration of the object that was looked at
 */
export function condition<T extends ConditionType>(
  type: T,
  reason: ReasonOf<T> & string,
  message: string,
  observedGeneration?: number,
): NewCondition {
  const { reasons }: ConditionAbout = CONDITIONS[type];
  const status = reasons[reason]?.[0] ?? 'Unknown';
  return { type, status, reason, message, ...(observedGeneration !== undefined && { observedGeneration }) };
}

/**
 * The list with one condition set, in its place if it was there. `lastTransitionTime` is kept while the status is the same.
 *
 * @param now RFC 3339, in whole seconds as Kubernetes writes it
 * @returns a new list; the old one is not changed
 */
export function setCondition(list: readonly Condition[], next: NewCondition, now: string): Condition[] {
  const index = list.findIndex(({ type }) => type === next.type);
  const previous = list[index];
  const lastTransitionTime = previous?.status === next.status ? previous.lastTransitionTime : now;
  const complete: Condition = { ...next, lastTransitionTime };
  return previous === undefined ? [...list, complete] : list.with(index, complete);
}
