/**
 * A regular expression of Prometheus for the names of the Pods of Deployments and of no others: after the name of its
 * Deployment a Pod has two parts that Kubernetes made.
 */
export function podPattern(deployments: readonly string[]): string {
  const names = deployments.length === 1 ? deployments[0] : `(${deployments.join('|')})`;
  return `${names}-[0-9a-z]+-[0-9a-z]+`;
}
