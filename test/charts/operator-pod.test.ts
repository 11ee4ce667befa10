import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { chartSchema, ROOT } from '../../charts/chart.ts';
import { CONFIG_DEFAULTS, type OperatorConfig, readOperatorConfig } from '../../operator/config.ts';
import { LOG_LEVELS } from '../../settings/environment.ts';
import {
  type Manifest,
  needsHelm,
  ofKind,
  only,
  operatorContainer,
  type PodSpec,
  podTemplate,
  render,
  SCENARIOS,
  scenario,
} from './chart.ts';

const DOCKERFILE = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');

describe("the operator's Pods", () => {
  before(function () {
    needsHelm(this);
  });

  for (const { name } of SCENARIOS) {
    it(`meet the restricted Pod Security Standard: ${name}`, async () => {
      const manifests = await scenario(name);
      const pods = [
        podTemplate(manifests).spec,
        ...ofKind(manifests, 'Pod').map(({ spec }) => spec as unknown as PodSpec),
      ];
      expect(pods).to.have.length(2);
      for (const pod of pods) expectRestricted(pod);
    });
  }

  it('run the command that the image has, and are probed on the port that serves probes', async () => {
    const container = operatorContainer(await scenario('default'));
    expect(container.args).to.eql(['operator']);
    const [, target] = /^FROM \S+ AS operator$([\s\S]*?)(?=^FROM |(?![\s\S]))/m.exec(DOCKERFILE) ?? [];
    expect(target).to.match(/^CMD \["operator"\]$/m);
    expect(container.ports).to.deep.include({ name: 'metrics', containerPort: 9464, protocol: 'TCP' });
    expect(container.readinessProbe.httpGet).to.eql({ path: '/readyz', port: 'metrics' });
    expect(container.livenessProbe.httpGet).to.eql({ path: '/livez', port: 'metrics' });
  });

  it("get the user's variables first and the chart's after, so that the chart's win", async () => {
    const { env } = operatorContainer(await scenario('environment'));
    expect(env.map(({ name }) => name)).to.eql([
      'HTTPS_PROXY',
      'NODE_OPTIONS',
      'PROXY_PASSWORD',
      'POD_NAME',
      'POD_NAMESPACE',
      'WATCH_NAMESPACES',
      'RELATED_IMAGE_COORDINATOR',
      'RELATED_IMAGE_NODE',
      'CLUSTER_DOMAIN',
      'LEADER_ELECT',
      'MAX_CONCURRENT_RECONCILES',
      'LOG_LEVEL',
      'METRICS_PORT',
    ]);
  });

  it('get variables that the operator reads, with values that it takes', async () => {
    for (const { name } of SCENARIOS) {
      const config = configOf(await scenario(name));
      expect(config.metricsPort, name).to.equal(9464);
      expect(config.leaderElection, name).to.equal(name !== 'single-replica');
    }
    expect(configOf(await scenario('environment'))).to.include({
      clusterDomain: 'k8s.example.com',
      workers: 16,
      logLevel: 'debug',
    });
    expect(configOf(await scenario('namespaces')).namespaces).to.eql(['team-a', 'team-b']);
    const { env } = operatorContainer(await scenario('default'));
    const read = readFileSync(join(ROOT, 'operator/config.ts'), 'utf8');
    const others = env.map(({ name }) => name).filter((name) => !read.includes(`'${name}'`));
    expect(others).to.eql(['NODE_OPTIONS']);
  });

  it("have the operator's own defaults, where the chart has no other", async () => {
    const { namespaces, clusterDomain, workers, logLevel } = configOf(await scenario('default'));
    expect({ namespaces, clusterDomain, workers, logLevel }).to.eql({
      namespaces: [],
      clusterDomain: CONFIG_DEFAULTS.clusterDomain,
      workers: CONFIG_DEFAULTS.workers,
      logLevel: CONFIG_DEFAULTS.logLevel,
    });
    expect(chartSchema().properties?.logLevel?.enum).to.eql([...LOG_LEVELS]);
  });

  it('come from a mirror, by digest, when that is wanted', async () => {
    const { image, env } = operatorContainer(await scenario('mirror'));
    const related = env.filter(({ name }) => name.startsWith('RELATED')).map(({ value }) => value);
    const mirror = 'registry.example.com:5000/mirror';
    expect([image, ...related]).to.eql([
      `${mirror}/mcphub-operator@sha256:${'a'.repeat(64)}`,
      `${mirror}/mcphub-coordinator@sha256:${'b'.repeat(64)}`,
      `${mirror}/team/mcphub-node:0.1.0-tools`,
    ]);
  });

  it('are never two at a time without election', async () => {
    expect(only(await scenario('single-replica'), 'Deployment').spec?.strategy).to.eql({ type: 'Recreate' });
    expect(only(await scenario('default'), 'Deployment').spec?.strategy).to.deep.include({ type: 'RollingUpdate' });
  });

  it('have a budget when there are several, and none when it would stop every drain', async () => {
    expect(only(await scenario('default'), 'PodDisruptionBudget').spec).to.include({ maxUnavailable: 1 });
    expect(ofKind(await scenario('single-replica'), 'PodDisruptionBudget')).to.eql([]);
    const off = await render({ values: { podDisruptionBudget: { enabled: false } } });
    expect(ofKind(off, 'PodDisruptionBudget')).to.eql([]);
  });

  it('are found by the selectors of everything that selects them, and the Pod of the test is not', async () => {
    for (const name of ['default', 'network-policy', 'service-monitor', 'pod-monitor', 'everything']) {
      const manifests = await scenario(name);
      const { metadata, spec } = podTemplate(manifests);
      const selectors = manifests
        .flatMap(selectorsOf)
        .concat(...(spec.topologySpreadConstraints ?? []).map((it) => it.labelSelector.matchLabels));
      expect(selectors.length).to.be.greaterThan(3);
      const [pod] = ofKind(manifests, 'Pod');
      for (const selector of selectors) {
        expect(metadata.labels).to.include(selector);
        expect(pod?.metadata.labels).not.to.include(selector);
      }
    }
  });
});

function selectorsOf({ kind, spec }: { kind: string; spec?: Record<string, unknown> }): Record<string, string>[] {
  if (kind === 'Service') return [spec?.selector as Record<string, string>];
  const { matchLabels } = (spec?.selector ?? spec?.podSelector ?? {}) as { matchLabels?: Record<string, string> };
  return matchLabels === undefined ? [] : [matchLabels];
}

/** @see https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
function expectRestricted(pod: PodSpec): void {
  expect(pod).not.to.have.any.keys('hostNetwork', 'hostPID', 'hostIPC', 'initContainers');
  expect(pod.securityContext).to.deep.include({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  for (const volume of pod.volumes ?? []) expect(volume).to.have.any.keys('emptyDir');
  for (const { securityContext, ports } of pod.containers) {
    expect(securityContext).to.eql({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const port of ports ?? []) expect(port).not.to.have.property('hostPort');
  }
}

/** What the operator makes of the variables of its container. */
function configOf(manifests: readonly Manifest[]): OperatorConfig {
  const { env } = operatorContainer(manifests);
  const fields: Record<string, string> = {
    'metadata.name': 'mcphub-operator-1',
    'metadata.namespace': 'mcphub-system',
  };
  const variables = env.map(({ name, value, valueFrom }) => [
    name,
    value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ''],
  ]);
  return readOperatorConfig(Object.fromEntries(variables), '0.1.0');
}
