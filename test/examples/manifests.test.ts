import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { load, loadAll, YAML11_SCHEMA } from 'js-yaml';
import { clusterModeOf } from '../../settings/cluster-mode.ts';
import { settingsFromText } from '../../settings/load.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const VARIABLES = readFileSync(join(ROOT, 'settings/environment.ts'), 'utf8');
const TARGETS = [...readFileSync(join(ROOT, 'Dockerfile'), 'utf8').matchAll(/^FROM \S+ AS (\S+)$/gm)].map((m) => m[1]);

/** A variable that no program of ours reads would be set in vain. */
function expectVariable(name: string): void {
  expect(VARIABLES, `the variable ${name}`).to.contain(`'${name}'`);
}

interface ComposeService {
  image: string;
  build: { context: string; target: string };
  environment: Record<string, string>;
  user: string;
  read_only: boolean;
  tmpfs: string[];
  volumes: string[];
  healthcheck: { test: string[] };
}

describe('examples/compose', () => {
  const folder = join(ROOT, 'examples/compose');
  const text = readFileSync(join(folder, 'compose.yaml'), 'utf8');
  // Compose merges with `<<`, which YAML 1.2 left out.
  const compose = load(text, { schema: YAML11_SCHEMA }) as { services: Record<string, ComposeService> };
  const services = Object.entries(compose.services);

  it('has a coordinator and two nodes, built from targets that the Dockerfile has', () => {
    expect(services.map(([, { build }]) => build.target)).to.eql(['coordinator', 'node', 'node']);
    for (const [, { build, image }] of services) {
      expect(TARGETS).to.include(build.target);
      expect(image).to.equal(`mcphub-${build.target}`);
      expect(existsSync(join(folder, build.context, 'Dockerfile'))).to.equal(true);
    }
  });

  it('mounts settings files that exist and that a start accepts', () => {
    for (const [, { volumes, environment, build }] of services) {
      const [file, path] = (volumes[0] ?? '').split(':');
      expect(path).to.equal('/app/mcp_settings.json');
      const { settings, warnings } = settingsFromText(
        readFileSync(join(folder, file ?? ''), 'utf8'),
        environment,
        file,
      );
      expect(warnings).to.eql([]);
      expect(clusterModeOf(settings)).to.equal(build.target);
    }
  });

  it('sets only variables that exist, and runs without root on a read-only file system', () => {
    for (const [, service] of services) {
      const ours = Object.keys(service.environment).filter((name) => !/^(npm_config_|UV_)/.test(name));
      for (const name of ours) expectVariable(name);
      expect(service).to.include({ user: '1000:1000', read_only: true });
      expect(service.tmpfs[0]).to.match(/^\/tmp:exec/);
      expect(service.healthcheck.test).to.include('node');
    }
  });
});

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: Record<string, string>;
  spec?: {
    template: { spec: PodSpec; metadata: { labels: Record<string, string> } };
    selector: Record<string, string>;
    publishNotReadyAddresses?: boolean;
    clusterIP?: string;
  };
}

interface PodSpec {
  securityContext: object;
  containers: {
    image: string;
    env: { name: string; value?: string; valueFrom?: { secretKeyRef?: { name: string; key: string } } }[];
    securityContext: object;
    readinessProbe: { httpGet: { path: string; port: string } };
    ports: { name: string; containerPort: number }[];
    volumeMounts: { name: string; mountPath: string }[];
  }[];
  volumes: { name: string; configMap?: { name: string } }[];
}

describe('examples/kubernetes-manual', () => {
  const folder = join(ROOT, 'examples/kubernetes-manual');
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const manifests = files.flatMap((name) => loadAll(readFileSync(join(folder, name), 'utf8')) as Manifest[]);
  const of = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);

  it('puts everything into its namespace', () => {
    const outside = manifests.filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'mcphub');
    expect(outside.map(({ metadata }) => metadata.name)).to.eql([]);
    expect(of('Namespace').map(({ metadata }) => metadata.name)).to.eql(['mcphub']);
  });

  it('has settings that a start accepts, mounted where it looks for them', () => {
    const maps = new Map(
      of('ConfigMap').map(({ metadata, data }) => [metadata.name, data?.['mcp_settings.json'] ?? '']),
    );
    const modes = of('Deployment').map(({ spec }) => {
      const pod = spec?.template.spec;
      const container = pod?.containers[0];
      const text = maps.get(pod?.volumes.find(({ configMap }) => configMap)?.configMap?.name ?? '') ?? '';
      const { settings, warnings } = settingsFromText(text, {});
      expect(warnings).to.eql([]);
      expect(container?.env.find(({ name }) => name === 'MCPHUB_SETTING_PATH')?.value).to.equal(
        container?.volumeMounts.find(({ name }) => name === 'settings')?.mountPath,
      );
      return clusterModeOf(settings);
    });
    expect(modes).to.eql(['coordinator', 'node']);
  });

  it('sets only variables that exist, from secrets that exist', () => {
    const secrets = of('Secret').map(({ metadata }) => metadata.name);
    for (const { spec } of of('Deployment')) {
      for (const { name, valueFrom } of spec?.template.spec.containers[0]?.env ?? []) {
        if (name !== 'POD_IP') expectVariable(name);
        if (valueFrom?.secretKeyRef) expect(secrets).to.include(valueFrom.secretKeyRef.name);
      }
    }
  });

  it('meets the restricted Pod Security Standard, and probes the port that serves probes', () => {
    for (const { spec } of of('Deployment')) {
      const pod = spec?.template.spec;
      expect(pod?.securityContext).to.deep.include({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      const container = pod?.containers[0];
      expect(container?.securityContext).to.deep.include({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      const { path, port } = container?.readinessProbe.httpGet ?? {};
      expect(path).to.equal('/readyz');
      expect(container?.ports.find(({ name }) => name === port)?.containerPort).to.equal(9464);
      expect(TARGETS).to.include(/^mcphub-(\w+):/.exec(container?.image ?? '')?.[1]);
    }
  });

  it('lets nodes find coordinators that are not ready yet, by the name in their settings', () => {
    const headless = of('Service').find(({ spec }) => spec?.clusterIP === 'None');
    expect(headless?.spec?.publishNotReadyAddresses).to.equal(true);
    const nodes = of('ConfigMap').find(({ metadata }) => metadata.name === 'mcphub-nodes');
    expect(nodes?.data?.['mcp_settings.json']).to.contain(`http://${headless?.metadata.name}:3000`);
    const labels = of('Deployment')[0]?.spec?.template.metadata.labels;
    for (const { spec } of of('Service')) expect(labels).to.include(spec?.selector ?? {});
  });
});
