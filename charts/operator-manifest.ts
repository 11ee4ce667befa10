import { execFileSync } from 'node:child_process';
import { dump, loadAll } from 'js-yaml';
import { CHART } from './chart.ts';

const NAMESPACE = 'mcphub-system';

const HEAD = `# The operator without Helm: the chart with its defaults, in the namespace ${NAMESPACE}. Made by charts/generate.ts.
#   kubectl apply --server-side -f crds/
#   kubectl apply -f examples/kubernetes/operator.yaml
`;

/** Labels that say what only Helm may say. */
const OF_HELM = ['helm.sh/chart', 'app.kubernetes.io/managed-by'];

interface Manifest {
  metadata: { labels?: Record<string, string> };
  spec?: { template?: Manifest };
}

/**
 * The chart with its defaults as one file for kubectl, without the definitions, which are applied before it.
 * @param helm path of the program, version 3 or 4
 * @throws Error when the chart does not render
 */
export function operatorManifest(helm: string): string {
  const options = ['--namespace', NAMESPACE, '--skip-tests', '--set', 'crds.enabled=false'];
  const text = execFileSync(helm, ['template', 'mcphub', CHART, ...options], { encoding: 'utf8' });
  const manifests = loadAll(text).filter((manifest) => manifest !== null && manifest !== undefined) as Manifest[];
  for (const manifest of manifests) {
    unlabel(manifest);
    unlabel(manifest.spec?.template);
  }
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  };
  return `${HEAD}${[namespace, ...manifests].map((manifest) => dump(manifest, { noRefs: true, lineWidth: 120 })).join('---\n')}`;
}

function unlabel(manifest: Manifest | undefined): void {
  for (const label of OF_HELM) delete manifest?.metadata.labels?.[label];
}
