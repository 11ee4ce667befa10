import { DEFAULTS } from '../../../settings/defaults.ts';
import { HTTP_ROUTE, INGRESS, SERVICE } from './exposure.ts';
import { object, type Shape, whole } from './field.ts';
import { PODS } from './pods.ts';
import { drainTimeout, duration } from './time.ts';

export const COORDINATOR: Shape = {
  name: 'CoordinatorSpec',
  description: 'The coordinators: where clients connect.',
  base: PODS,
  fields: {
    replicas: whole('Number of coordinators. With two or more, one can fail or move without an interruption.', {
      minimum: 1,
      maximum: 100,
      default: 2,
    }),
    service: object('The Service that clients use.', SERVICE, { default: {} }),
    ingress: object('An Ingress in front of the Service. Absent: none. One of `ingress` and `httpRoute`.', INGRESS),
    httpRoute: object(
      'An HTTPRoute of the Gateway API in front of the Service. Absent: none. One of `ingress` and `httpRoute`.',
      HTTP_ROUTE,
    ),
    nodeTimeout: duration(
      'Silence after which a node counts as gone, in milliseconds. Nodes send at least three heartbeats in that time. A long one is slower to notice a dead node, a short one costs traffic.',
      {
        default: DEFAULTS.nodeTimeout,
      },
    ),
    cleanupInterval: duration('Time between two sweeps for nodes that are gone, in milliseconds.', {
      default: DEFAULTS.cleanupInterval,
    }),
    drainTimeout: drainTimeout('How long a stopping coordinator lets requests finish.'),
  },
  rules: [
    {
      rule: '!(has(self.ingress) && has(self.httpRoute))',
      message:
        'write at most one of ingress and httpRoute; for further ways in, make an Ingress or HTTPRoute of your own to the Service',
    },
  ],
};
