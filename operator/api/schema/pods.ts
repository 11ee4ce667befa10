import { embedded, list, map, object, type Shape, text } from './field.ts';

const quantities = (description: string) =>
  map(
    description,
    { kind: 'quantity', description: 'A quantity of Kubernetes, such as `500m` or `1Gi`.' },
    { maxProperties: 16 },
  );

export const RESOURCES: Shape = {
  name: 'ResourceRequirements',
  description: 'What a container asks for and may use, as in a Pod.',
  fields: {
    requests: quantities(
      'What the scheduler reserves, by the name of the resource, such as `cpu: 500m` and `memory: 256Mi`.',
    ),
    limits: quantities(
      'What the container may use at most, by the name of the resource. Above its memory limit it is killed.',
    ),
  },
};

const SCHEDULING: Shape = {
  name: 'SchedulingSpec',
  description: 'Where Pods may run, as in a Pod.',
  fields: {
    nodeSelector: map('Labels that a Kubernetes node must have.', text('Value of the label.', { maxLength: 63 }), {
      maxProperties: 32,
    }),
    tolerations: list('Taints of Kubernetes nodes that are tolerated.', embedded('A toleration, as in a Pod.'), {
      maxItems: 32,
      merge: 'atomic',
    }),
    affinity: embedded('Affinity to Kubernetes nodes and to other Pods, as in a Pod.'),
    topologySpreadConstraints: list(
      'How Pods spread over zones and hosts. Absent: softly over both. A labelSelector that is left out selects the Pods of this cluster and role.',
      embedded('A constraint, as in a Pod.'),
      { maxItems: 16, merge: 'atomic' },
    ),
    priorityClassName: text('PriorityClass of the Pods. It must exist.', { maxLength: 253 }),
    runtimeClassName: text('RuntimeClass of the Pods, such as one for gVisor. It must exist.', { maxLength: 253 }),
  },
};

export const labels = (description: string) =>
  map(description, text('Value of the label.', { maxLength: 63 }), { maxProperties: 64 });

export const annotations = (description: string) =>
  map(description, text('Value of the annotation.', { maxLength: 16_384 }), { maxProperties: 64 });

export const PODS: Shape = {
  name: 'PodsSpec',
  description: 'What coordinators and nodes have alike.',
  fields: {
    resources: object(
      'What the main container asks for and may use. Absent: no requests and no limits. Autoscaling by CPU needs a request of `cpu`.',
      RESOURCES,
    ),
    scheduling: object('Where the Pods may run. Absent: anywhere, spread softly over zones and hosts.', SCHEDULING),
    podLabels: labels('Labels of the Pods, beside those that the operator sets, which win.'),
    podAnnotations: annotations('Annotations of the Pods, beside those that the operator sets, which win.'),
    podTemplate: embedded(
      'A strategic merge patch of the PodTemplateSpec, applied last, for all that has no field of its own: `spec.containers` are merged by name.',
    ),
  },
};
