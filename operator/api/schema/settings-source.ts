import { object, type Shape, text } from './field.ts';

const source = (kind: string): Shape => ({
  name: `${kind}SettingsReference`,
  description: `A key of a ${kind} with an mcp_settings.json.`,
  fields: {
    name: text(`Name of the ${kind}, in the namespace of the McpHubCluster.`, {
      required: true,
      minLength: 1,
      maxLength: 253,
    }),
    key: text('Key within its data.', { minLength: 1, maxLength: 253, default: 'mcp_settings.json' }),
  },
});

export const SETTINGS_SOURCE: Shape = {
  name: 'SettingsSourceSpec',
  description: 'An existing mcp_settings.json.',
  fields: {
    configMapKeyRef: object('In a ConfigMap.', source('ConfigMap')),
    secretKeyRef: object('In a Secret; for settings that contain secrets.', source('Secret')),
  },
  rules: [
    {
      rule: 'has(self.configMapKeyRef) != has(self.secretKeyRef)',
      message:
        'write exactly one of configMapKeyRef and secretKeyRef; settings with secrets in them belong into a Secret',
    },
  ],
};
