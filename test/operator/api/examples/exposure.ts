import type { Example } from './example.ts';

const exposed = (coordinator: object) => ({ coordinator });
const service = (fields: object) => exposed({ service: fields });
const ingress = { host: 'mcp.example.com' };
const httpRoute = { parentRefs: [{ name: 'gateway' }] };

export const EXPOSURE: Example[] = [
  {
    message: 'write at most one of ingress',
    accepted: [exposed({ ingress }), exposed({ httpRoute }), exposed({})],
    refused: [exposed({ ingress, httpRoute })],
  },
  {
    message: 'loadBalancerClass needs',
    accepted: [service({ type: 'LoadBalancer', loadBalancerClass: 'a/b' })],
    refused: [service({ loadBalancerClass: 'a/b' }), service({ type: 'NodePort', loadBalancerClass: 'a/b' })],
  },
  {
    message: 'loadBalancerSourceRanges needs',
    accepted: [service({ type: 'LoadBalancer', loadBalancerSourceRanges: ['203.0.113.0/24'] })],
    refused: [service({ loadBalancerSourceRanges: ['203.0.113.0/24'] })],
  },
  {
    message: 'nodePort needs',
    accepted: [service({ type: 'NodePort', nodePort: 30080 }), service({ type: 'LoadBalancer', nodePort: 30080 })],
    refused: [service({ nodePort: 30080 })],
  },
  {
    message: 'externalTrafficPolicy needs',
    accepted: [service({ type: 'NodePort', externalTrafficPolicy: 'Local' })],
    refused: [service({ externalTrafficPolicy: 'Local' })],
  },
  {
    message: 'a host name is in lower case',
    accepted: [
      exposed({ ingress: { host: '*.example.com' } }),
      exposed({ httpRoute: { ...httpRoute, hostnames: ['a.b', 'localhost'] } }),
    ],
    refused: [
      exposed({ ingress: { host: 'https://a.b' } }),
      exposed({ ingress: { host: 'a.b:80' } }),
      exposed({ ingress: { host: 'A.b' } }),
      exposed({ httpRoute: { ...httpRoute, hostnames: ['a..b'] } }),
    ],
  },
  {
    message: 'a path begins with a slash',
    accepted: [
      exposed({ ingress: { ...ingress, path: '/a/b' } }),
      exposed({ ingress: { ...ingress, path: '/A-1.~_/' } }),
    ],
    refused: [
      exposed({ ingress: { ...ingress, path: 'a' } }),
      exposed({ httpRoute: { ...httpRoute, path: '/a//b' } }),
      exposed({ ingress: { ...ingress, path: '/a?b' } }),
    ],
  },
];
