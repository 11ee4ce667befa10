import { choice, list, object, type Shape, text } from './field.ts';
import { LOCAL_REFERENCE } from './references.ts';

export const IMAGE: Shape = {
  name: 'ImageSpec',
  description: 'Container images of coordinators and nodes.',
  fields: {
    coordinator: text(
      "Image of the coordinators. Absent: that of the operator's own version. Name a digest to pin it.",
      { minLength: 1, maxLength: 512 },
    ),
    node: text(
      "Image of the nodes. Absent: that of the operator's own version. Programs of stdio servers must be in it, or be fetched by npx or uvx.",
      { minLength: 1, maxLength: 512 },
    ),
    pullPolicy: choice('When the kubelet pulls the images.', ['Always', 'IfNotPresent', 'Never'], {
      default: 'IfNotPresent',
    }),
    pullSecrets: list(
      'Secrets of the type `kubernetes.io/dockerconfigjson` with which images are pulled.',
      object('A Secret.', LOCAL_REFERENCE),
      { maxItems: 16, merge: { keys: ['name'] } },
    ),
  },
};
