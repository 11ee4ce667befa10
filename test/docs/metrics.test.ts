import { expect } from 'chai';
import { Registry } from 'prom-client';
import { createNodeMetrics } from '../../node/metrics.ts';
import { createControllerMetrics, createElectionMetrics, createRequestMetrics } from '../../operator/kube/metrics.ts';
import { countClusters } from '../../operator/operator.ts';
import { createMetrics } from '../../router/metrics.ts';
import { tableBelow } from './tables.ts';

/** What the code registers, as rows of the page; prom-client keeps label names and types on the metric objects. */
function registered(registry: Registry): string[] {
  const metrics = registry.getMetricsAsArray() as unknown as {
    name: string;
    labelNames: string[];
    constructor: { name: string };
  }[];
  return metrics.map((metric) => {
    const labels = metric.labelNames.filter((label) => label !== 'le').join(', ');
    return [metric.name, metric.constructor.name.toLowerCase(), labels || '-'].join(' | ');
  });
}

describe('docs/metrics.md', () => {
  // State is read only when metrics are collected, which this test never does.
  const nothing = {} as never;

  it('lists every metric of the coordinator with its type and labels, and no other', () => {
    const registry = new Registry();
    createMetrics(registry, nothing, nothing);
    const documented = tableBelow('docs/metrics.md', 'Coordinator').map((row) => row.slice(0, 3).join(' | '));
    expect(documented.toSorted()).to.eql(registered(registry).toSorted());
    expect(documented.length).to.be.greaterThan(5);
  });

  it('lists every metric of the node with its type and labels, and no other', () => {
    const registry = new Registry();
    createNodeMetrics(registry, nothing);
    const documented = tableBelow('docs/metrics.md', 'Node').map((row) => row.slice(0, 3).join(' | '));
    expect(documented.toSorted()).to.eql(registered(registry).toSorted());
    expect(documented.length).to.be.greaterThan(5);
  });

  it('lists every metric of the operator with its type and labels, and no other', () => {
    const registry = new Registry();
    createRequestMetrics(registry);
    createControllerMetrics(registry)('any');
    createElectionMetrics(registry, 'any');
    countClusters(registry, nothing);
    const documented = tableBelow('docs/metrics.md', 'Operator').map((row) => row.slice(0, 3).join(' | '));
    expect(documented.toSorted()).to.eql(registered(registry).toSorted());
    expect(documented.length).to.be.greaterThan(5);
  });
});
