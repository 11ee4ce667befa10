import { embedded, flag, list, type Shape } from './field.ts';

const peers = (description: string) =>
  list(
    description,
    embedded('A peer of a NetworkPolicy: `podSelector`, `namespaceSelector` or `ipBlock`.', { maxProperties: 3 }),
    {
      maxItems: 64,
      merge: 'atomic',
    },
  );

export const NETWORK_POLICY: Shape = {
  name: 'NetworkPolicySpec',
  description: 'Who may connect, on the level of the network.',
  fields: {
    enabled: flag(
      'NetworkPolicies for coordinators and nodes: nodes are reached by coordinators only. Needs a network plugin that enforces them.',
      { default: false },
    ),
    clients: peers(
      "Who may reach the coordinators' port of MCP. Absent: everybody; an empty list: only nodes and the operator.",
    ),
    monitoring: peers(
      'Who may reach the port of metrics. Absent: everybody in the Kubernetes cluster; an empty list: nobody.',
    ),
  },
};
