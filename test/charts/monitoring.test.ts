import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../charts/chart.ts';
import { type Manifest, needsHelm, ofKind, only, render, scenario } from './chart.ts';

interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: { summary: string; description: string };
}

interface Panel {
  title: string;
  targets: { expr: string }[];
}

/** Metrics that Prometheus or prom-client has itself. */
const STANDARD = ['up', 'process_resident_memory_bytes'];

/** Names of metrics in an expression of PromQL: words before a brace. */
function metricsIn(expression: string): string[] {
  return [...expression.matchAll(/([a-z_]+)\{/g)].map(([, name = '']) => name.replace(/_bucket$/, ''));
}

function rulesOf(manifests: readonly Manifest[]): Rule[] {
  const { groups } = only(manifests, 'PrometheusRule').spec as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

function operatorSources(): string {
  const folder = join(ROOT, 'operator');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

describe('monitoring of the operator', () => {
  before(function () {
    needsHelm(this);
  });

  it('is off by default: the Prometheus operator may not be there', async () => {
    const kinds = (await scenario('default')).map(({ kind }) => kind);
    expect(kinds).not.to.include.members(['ServiceMonitor']);
    expect(kinds.filter((kind) => /Monitor|Rule|ConfigMap/.test(kind))).to.eql([]);
  });

  it('scrapes the port that the Service and the Pods name', async () => {
    const manifests = await scenario('service-monitor');
    const { endpoints } = only(manifests, 'ServiceMonitor').spec as { endpoints: Record<string, unknown>[] };
    expect(endpoints).to.have.length(1);
    expect(endpoints[0]).to.include({ port: 'metrics', path: '/metrics', interval: '15s', scrapeTimeout: '5s' });
    expect(endpoints[0]).to.include.keys('relabelings', 'metricRelabelings');
    const { ports } = only(manifests, 'Service').spec as { ports: { name: string; port: number }[] };
    expect(ports[0]).to.include({ name: 'metrics', port: 9464, targetPort: 'metrics' });
    expect(only(manifests, 'ServiceMonitor').metadata.labels).to.include({ release: 'prometheus' });
  });

  it('scrapes Pods instead, when that is wanted', async () => {
    const manifests = await scenario('pod-monitor');
    expect(ofKind(manifests, 'ServiceMonitor')).to.eql([]);
    const { podMetricsEndpoints } = only(manifests, 'PodMonitor').spec as { podMetricsEndpoints: { port: string }[] };
    expect(podMetricsEndpoints[0]).to.include({ port: 'metrics', path: '/metrics' });
  });

  it('alerts on metrics that the operator has, and tells what to do', async () => {
    const rules = rulesOf(await scenario('service-monitor'));
    expect(rules.length).to.be.greaterThan(4);
    const sources = operatorSources();
    for (const { alert, expr, labels, annotations } of rules) {
      expect(metricsIn(expr), alert).not.to.eql([]);
      const unknown = metricsIn(expr).filter((name) => !STANDARD.includes(name) && !sources.includes(`'${name}'`));
      expect(unknown, alert).to.eql([]);
      expect(expr).to.contain('namespace="mcphub-system"').and.not.contain('%!');
      expect(labels).to.have.keys('severity', 'team');
      expect(annotations.summary.length).to.be.greaterThan(20);
      expect(annotations.description).to.match(/kubectl|raise/i);
    }
  });

  it('alerts about this release, in whatever way it is scraped', async () => {
    const [{ expr = '' } = {}] = rulesOf(
      await render({
        release: 'east',
        values: { metrics: { podMonitor: { enabled: true }, prometheusRule: { enabled: true } } },
      }),
    );
    const pattern = /job=~"([^"]+)"/.exec(expr)?.[1] ?? '';
    // The operator of Prometheus names jobs of a ServiceMonitor after the Service, those of a PodMonitor after it and its namespace.
    for (const job of ['east-mcphub-operator', 'mcphub-system/east-mcphub-operator']) {
      expect(job).to.match(new RegExp(`^(?:${pattern})$`));
    }
    expect('mcphub-operator').not.to.match(new RegExp(`^(?:${pattern})$`));
  });

  it('has a dashboard of metrics that the operator has', async () => {
    const config = only(await scenario('dashboard'), 'ConfigMap');
    expect(config.metadata.labels).to.include({ grafana_dashboard: '1', team: 'platform' });
    const { panels } = JSON.parse(config.data?.['mcphub-operator.json'] ?? '') as { panels: Panel[] };
    expect(panels.length).to.be.greaterThan(5);
    const sources = operatorSources();
    for (const { title, targets } of panels) {
      const unknown = targets
        .flatMap(({ expr }) => metricsIn(expr))
        .filter((name) => !STANDARD.includes(name) && !sources.includes(`'${name}'`));
      expect(unknown, title).to.eql([]);
    }
  });

  it('is let in by the network policy, as are DNS, the API server and coordinators let out', async () => {
    const { ingress, egress, policyTypes } = only(await scenario('network-policy'), 'NetworkPolicy').spec as {
      policyTypes: string[];
      ingress: { from: unknown[]; ports: { port: string }[] }[];
      egress: { to?: unknown[]; ports?: { port: number }[] }[];
    };
    expect(policyTypes).to.eql(['Ingress', 'Egress']);
    expect(ingress[0]?.ports).to.eql([{ port: 'metrics', protocol: 'TCP' }]);
    expect(ingress[0]?.from).to.have.length(2);
    expect(egress.map(({ ports }) => ports?.map(({ port }) => port))).to.eql([[53, 53], [6443], undefined]);
    expect(egress[1]?.to).to.eql([{ ipBlock: { cidr: '198.18.0.1/32' } }, { ipBlock: { cidr: 'fd00::1/128' } }]);
  });

  it('is open to everybody where the policy names nobody', async () => {
    const { ingress } = only(await scenario('network-policy-open'), 'NetworkPolicy').spec as { ingress: object[] };
    expect(ingress[0]).not.to.have.property('from');
  });
});
