/** A field of the spec that cannot be used, found beyond what the schema can check. */
export interface SpecProblem {
  /** Such as `spec.mcpServers.github.envFrom[0].secretRef`. */
  path: string;
  /** What is wrong, and what would be right. */
  message: string;
  /** The Secret or ConfigMap that has to appear, when only that is missing. */
  missing?: { kind: 'Secret' | 'ConfigMap'; name: string; key?: string };
}
