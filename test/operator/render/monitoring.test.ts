import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { podPattern } from '../../../operator/render/pod-pattern.ts';
import { render } from '../../../operator/render/render.ts';
import { FEATURES, FULL, inputOf } from './inputs.ts';
import { find, ofKind, specOf } from './objects.ts';

const DOCS = readFileSync(join(resolve(import.meta.dirname, '../../..'), 'docs/metrics.md'), 'utf8');

interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

function expectKnownMetrics(expression: string): void {
  const names = [...expression.matchAll(/\bmcphub_(?:coordinator|node)_\w+/g)].map(([name]) => name);
  for (const name of names) expect(DOCS, name).to.contain(`\`${name.replace(/_bucket$/, '')}\``);
  expect(names.length + Number(/\bprocess_/.test(expression)), expression).to.be.above(0);
}

const rulesOf = () => {
  const [rule] = ofKind(render(inputOf(FULL)).manifests, 'PrometheusRule');
  return (specOf(rule!).groups as { rules: Rule[] }[]).flatMap(({ rules }) => rules);
};

describe('alerts', () => {
  it('ask for metrics that exist, of this cluster only', () => {
    expect(rulesOf().length).to.be.above(5);
    for (const { expr } of rulesOf()) {
      expectKnownMetrics(expr);
      const selectors = expr.match(/\{[^}]*\}/g) ?? [];
      expect(selectors).to.not.eql([]);
      for (const selector of selectors) expect(selector).to.match(/namespace="team",pod=~"\(?demo-/);
    }
  });

  it('say what happened, what it means and what to do', () => {
    for (const { alert, annotations, labels, for: time } of rulesOf()) {
      expect(alert).to.match(/^McpHub[A-Z]/);
      expect(annotations.summary).to.contain('team/demo');
      expect(annotations.description?.length).to.be.above(20);
      expect(annotations.runbook?.length).to.be.above(20);
      expect(JSON.stringify(annotations)).to.not.match(/NAMESPACE|CLUSTER/);
      expect(labels.severity).to.be.oneOf(['warning', 'critical']);
      expect(time).to.match(/^\d+m$/);
    }
  });

  it('look at the Pods of their Deployments and at no others', () => {
    const pattern = new RegExp(`^${podPattern(['demo-node', 'demo-node-gpu'])}$`);
    for (const pod of ['demo-node-7d4f-abcde', 'demo-node-gpu-7d4f-abcde']) expect(pod).to.match(pattern);
    for (const pod of ['demo-node-other-7d4f-abcde', 'demo-coordinator-7d4f-abcde', 'my-demo-node-7d4f-abcde']) {
      expect(pod).to.not.match(pattern);
    }
  });
});

describe('the dashboard', () => {
  const map = find(render(inputOf(FULL)).manifests, 'ConfigMap', 'demo-dashboard');
  const [file, text] = Object.entries(map.data as Record<string, string>)[0] ?? [];
  const { panels, uid } = JSON.parse(text ?? '') as {
    uid: string;
    panels: { id: number; gridPos: { x: number; y: number; w: number; h: number }; targets: { expr: string }[] }[];
  };

  it('asks for metrics that exist', () => {
    expect(file).to.equal('mcphub-team-demo.json');
    expect(uid.length).to.be.at.most(40);
    for (const { targets } of panels) for (const { expr } of targets) expectKnownMetrics(expr);
  });

  it('has panels that do not cover each other', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).to.be.at.most(24);
      return Array.from({ length: w * h }, (_, at) => `${x + (at % w)}/${y + Math.floor(at / w)}`);
    });
    expect(new Set(cells).size).to.equal(cells.length);
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
  });

  it('is found by the sidecar of Grafana', () => {
    expect(map.metadata.labels).to.include({ grafana_dashboard: '1' });
  });
});

describe('monitors', () => {
  it('select Services with a port of that name, or Pods', () => {
    const { manifests } = render(inputOf(FULL));
    for (const monitor of ofKind(manifests, 'ServiceMonitor')) {
      const { matchLabels } = (specOf(monitor) as { selector: { matchLabels: Record<string, string> } }).selector;
      const matching = ofKind(manifests, 'Service').filter(({ metadata }) =>
        Object.entries(matchLabels).every(([key, value]) => metadata.labels?.[key] === value),
      );
      const ports = matching.flatMap((found) => (specOf(found).ports as { name: string }[]).map(({ name }) => name));
      expect(
        ports.filter((name) => name === 'metrics'),
        monitor.metadata.name,
      ).to.have.length(1);
    }
    expect(ofKind(manifests, 'ServiceMonitor')).to.have.length(3);
    const pods = render(inputOf(FEATURES['monitoring-pods'] ?? {})).manifests;
    expect(ofKind(pods, 'PodMonitor').map(({ metadata }) => metadata.name)).to.eql(['demo-coordinator', 'demo-node']);
    expect(ofKind(pods, 'Service').map(({ metadata }) => metadata.name)).to.eql(['demo', 'demo-coordinators']);
  });
});
