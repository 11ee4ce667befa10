import { fileURLToPath } from 'node:url';
import { applyCrds, Clusters, type SpecInput } from '../support/clusters.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';

const COLLECT_GARBAGE = fileURLToPath(new URL('../../chaos/collect-garbage.ts', import.meta.url));

/** What the operator takes for clusters that say nothing of it; also what is rendered to compare with. */
export const DEFAULTS = {
  coordinatorImage: 'mcphub-coordinator:soak',
  nodeImage: 'mcphub-node:soak',
  clusterDomain: 'cluster.local',
} as const;

/** Name of the Secret from which the servers of a cluster take a value. */
export function secretOf(cluster: string): string {
  return `${cluster}-keys`;
}

/** The spec that every cluster has in quiet. */
export function specOf(cluster: string, mark = 'quiet', nodes = 1): SpecInput {
  return {
    coordinator: { replicas: 1, service: { annotations: { mark } } },
    nodes: { replicas: nodes },
    mcpServers: { echo: { command: 'echo', args: [mark], envFrom: [{ secretRef: { name: secretOf(cluster) } }] } },
  };
}

/** A control plane with an operator behind a proxy that makes faults, and the clusters of one namespace. */
export interface Place {
  readonly plane: ControlPlane;
  readonly proxy: FaultProxy;
  readonly operator: OperatorProcess;
  readonly namespace: string;
  readonly clusters: Clusters;
  /** Names of the clusters that there are in quiet. */
  readonly names: readonly string[];
  close(): Promise<void>;
}

/** @param count how many clusters there are in quiet */
export async function openPlace(count: number): Promise<Place> {
  const plane = await startControlPlane();
  await applyCrds(plane);
  const namespace = await plane.namespace('soak');
  const proxy = await startFaultProxy(plane);
  const operator = await startOperator({
    kubeconfig: proxy.kubeconfig(),
    namespace,
    env: {
      // The second is a part of what the image has with --optimize-for-size, which is no option for here. Without it the
      // resident set goes up and down by 80 MiB.
      NODE_OPTIONS: `--expose-gc --max-semi-space-size=1 --import ${COLLECT_GARBAGE}`,
      LOG_LEVEL: 'info',
      // A lost Lease ends the process, as it should, and with it the series of its measurements.
      LEADER_ELECT: 'false',
      RELATED_IMAGE_COORDINATOR: DEFAULTS.coordinatorImage,
      RELATED_IMAGE_NODE: DEFAULTS.nodeImage,
      MCPHUB_OPERATOR_COORDINATOR_URL: 'http://127.0.0.1:1',
      MCPHUB_OPERATOR_HUB_URL: 'http://127.0.0.1:1',
    },
  });
  return {
    plane,
    proxy,
    operator,
    namespace,
    clusters: new Clusters(plane, namespace),
    names: Array.from({ length: count }, (_, i) => `soak-${i}`),
    async close() {
      await operator.kill('SIGTERM');
      await proxy.close();
      await plane.stop();
    },
  };
}
