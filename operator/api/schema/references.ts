import { list, object, type Shape, text } from './field.ts';

const objectName = (kind: string) =>
  text(`Name of the ${kind}, in the namespace of the McpHubCluster.`, { required: true, minLength: 1, maxLength: 253 });

export const LOCAL_REFERENCE: Shape = {
  name: 'LocalReference',
  description: 'An object in the namespace of the McpHubCluster.',
  fields: { name: objectName('object') },
};

export const KEY_REFERENCE: Shape = {
  name: 'KeyReference',
  description: 'One key of a Secret in the namespace of the McpHubCluster.',
  fields: {
    name: objectName('Secret'),
    key: text('Key within the data of the Secret.', { required: true, minLength: 1, maxLength: 253 }),
  },
};

const ENV_FROM: Shape = {
  name: 'EnvFromSpec',
  description: 'All keys of a Secret or of a ConfigMap as variables.',
  fields: {
    prefix: text('Put before the name of each key: `GITHUB_` makes `GITHUB_TOKEN` of `TOKEN`.', { maxLength: 128 }),
    secretRef: object(
      'The Secret. Its values stay in Secrets; they are in no ConfigMap and not in the status.',
      LOCAL_REFERENCE,
    ),
    configMapRef: object('The ConfigMap.', LOCAL_REFERENCE),
  },
  rules: [
    {
      rule: 'has(self.secretRef) != has(self.configMapRef)',
      message: 'write exactly one of secretRef and configMapRef; for both, write two entries',
    },
  ],
};

export const envFrom = (description: string) =>
  list(description, object('A Secret or ConfigMap.', ENV_FROM), { maxItems: 16, merge: 'atomic' });
