import { absolutePath } from './exposure.ts';
import { embedded, list, object, type Shape, text, whole } from './field.ts';
import { RESOURCES } from './pods.ts';
import { envFrom } from './references.ts';

const probe = (which: string, remedy: string) =>
  embedded(`${which} probe of the container, as in a Pod. ${remedy}`, { maxProperties: 16 });

const words = (description: string) =>
  list(description, text('One argument.', { maxLength: 32_768 }), { maxItems: 256, merge: 'atomic' });

export const CONTAINER: Shape = {
  name: 'ServerContainerSpec',
  description: 'An HTTP MCP server as a sidecar of every node that hosts it.',
  fields: {
    image: text('Image of the server.', { required: true, minLength: 1, maxLength: 512 }),
    port: whole(
      'Port on which it serves MCP. Sidecars of one pool share a network: each needs a port of its own, not 3000 or 9464.',
      {
        required: true,
        minimum: 1,
        maximum: 65_535,
        rules: [
          {
            rule: 'self != 3000 && self != 9464',
            message:
              'ports 3000 and 9464 belong to the node that shares its network with the container; let the server listen on another one',
          },
        ],
      },
    ),
    path: text('Path of its endpoint.', {
      minLength: 1,
      maxLength: 1024,
      default: '/mcp',
      rules: [absolutePath('/mcp')],
    }),
    command: words('Program to start. Absent: the entry point of the image.'),
    args: words('Arguments. Absent: those of the image.'),
    env: list(
      'Environment variables, as in a Pod: `value`, or `valueFrom` with a reference to a Secret.',
      embedded('A variable, as in a Pod.', { maxProperties: 4 }),
      { maxItems: 256, merge: 'atomic' },
    ),
    envFrom: envFrom('Secrets and ConfigMaps whose keys become variables of the container.'),
    resources: object('What the container asks for and may use. Absent: no requests and no limits.', RESOURCES),
    livenessProbe: probe('Liveness', 'Absent: none; the node watches the server itself.'),
    readinessProbe: probe(
      'Readiness',
      'Absent: none. While it fails, the whole node gets no requests; prefer a startupProbe.',
    ),
    startupProbe: probe('Startup', 'Absent: none. Give a slow server time here.'),
    securityContext: embedded(
      'Fields of the container\'s security context that differ from the restricted profile, such as `{ "runAsUser": 1000 }`.',
    ),
  },
};
