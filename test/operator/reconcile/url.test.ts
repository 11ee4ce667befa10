import { expect } from 'chai';
import type { McpHubClusterSpec } from '../../../operator/api/types.ts';
import type { KubeObject } from '../../../operator/kube/contract.ts';
import { report } from '../../../operator/reconcile/report.ts';
import { basePathOf } from '../../../operator/render/base-path.ts';
import { input, pod } from './support/report-input.ts';

describe('the address of a cluster', () => {
  const balancer = { status: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } } };
  const service = (more: object): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'demo' },
    spec: { ports: [{ port: 8080, nodePort: 30080 }] },
    ...more,
  });
  const parentRefs = [{ name: 'gateway', sectionName: 'https' }];
  const cases: [name: string, coordinator: object, service: KubeObject, url: string | undefined][] = [
    ['of a Service', {}, service({}), 'http://demo.apps.svc.cluster.local:8080/mcp'],
    ['of an Ingress', { ingress: { host: 'a.example.com' } }, service({}), 'http://a.example.com/mcp'],
    [
      'of an Ingress with TLS',
      { ingress: { host: 'a.example.com', path: '/hub/', tlsSecretName: 't' } },
      service({}),
      'https://a.example.com/hub/mcp',
    ],
    [
      'of a route',
      { httpRoute: { parentRefs, hostnames: ['r.example.com'], path: '/' } },
      service({}),
      'https://r.example.com/mcp',
    ],
    ['of a load balancer', { service: { type: 'LoadBalancer' } }, service(balancer), 'http://203.0.113.7:8080/mcp'],
    ['of a load balancer without an address yet', { service: { type: 'LoadBalancer' } }, service({}), undefined],
    [
      'of a port of the Kubernetes nodes',
      { service: { type: 'NodePort' } },
      service({}),
      'http://198.18.0.9:30080/mcp',
    ],
  ];
  for (const [name, coordinator, object, url] of cases) {
    it(`${name} is ${url ?? 'not known'}`, () => {
      const pods = [pod('c-1', 'coordinator', { hostIP: '198.18.0.9' })];
      expect(
        report(
          input({ service: object, pods, basePath: basePathOf({ coordinator }) }, { coordinator } as McpHubClusterSpec),
        ).url,
      ).to.equal(url);
    });
  }
});
