// Made from operator/api/schema by "npm run generate": change that, not this.

/** Who may connect, on the level of the network. */
export interface NetworkPolicySpec {
  /**
   * NetworkPolicies for coordinators and nodes: nodes are reached by coordinators only. Needs a network plugin that
   * enforces them. Default false.
   */
  enabled?: boolean;
  /** Who may reach the coordinators' port of MCP. Absent: everybody; an empty list: only nodes and the operator. */
  clients?: Record<string, unknown>[];
  /** Who may reach the port of metrics. Absent: everybody in the Kubernetes cluster; an empty list: nobody. */
  monitoring?: Record<string, unknown>[];
}
