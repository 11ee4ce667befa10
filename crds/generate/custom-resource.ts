import { API } from '../../operator/api/names.ts';
import { object } from '../../operator/api/schema/field.ts';
import { ROOT_RULES, SPEC } from '../../operator/api/schema/spec.ts';
import { STATUS } from '../../operator/api/schema/status.ts';
import { openApiOf, validations } from './open-api.ts';

/** Fields `spec` and `status` of the object. */
export const SPEC_FIELD = object(SPEC.description, SPEC, { default: {} });
export const STATUS_FIELD = object(STATUS.description, STATUS);

const ready = (field: string) => `.status.conditions[?(@.type=="Ready")].${field}`;

const PRINTER_COLUMNS = [
  { name: 'Ready', type: 'string', jsonPath: ready('status'), description: 'Whether clients can work.' },
  { name: 'Nodes', type: 'string', jsonPath: '.status.summary.nodes', description: 'Active nodes of all wanted.' },
  {
    name: 'Servers',
    type: 'string',
    jsonPath: '.status.summary.servers',
    description: 'Connected servers of all enabled.',
  },
  { name: 'Sessions', type: 'integer', jsonPath: '.status.sessions', description: 'Sessions of clients.' },
  { name: 'URL', type: 'string', jsonPath: '.status.url', description: 'Where clients connect.' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  {
    name: 'Coordinators',
    type: 'integer',
    priority: 1,
    jsonPath: '.status.coordinators.ready',
    description: 'Coordinators that are ready.',
  },
  { name: 'Reason', type: 'string', priority: 1, jsonPath: ready('reason'), description: 'Why it is ready or not.' },
  { name: 'Message', type: 'string', priority: 1, jsonPath: ready('message'), description: 'What to do.' },
];

/** The CustomResourceDefinition of McpHubCluster. */
export function customResourceDefinition() {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${API.plural}.${API.group}` },
    spec: {
      group: API.group,
      scope: 'Namespaced',
      names: {
        kind: API.kind,
        listKind: `${API.kind}List`,
        plural: API.plural,
        singular: API.singular,
        shortNames: [API.shortName],
        categories: [API.category],
      },
      versions: [
        {
          name: API.version,
          served: true,
          storage: true,
          additionalPrinterColumns: PRINTER_COLUMNS,
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.nodes.replicas',
              statusReplicasPath: '.status.replicas',
              labelSelectorPath: '.status.selector',
            },
          },
          schema: { openAPIV3Schema: root() },
        },
      ],
    },
  };
}

function root() {
  return {
    description: 'Many MCP servers behave like one that never goes away: coordinators, nodes and their settings.',
    type: 'object',
    properties: {
      apiVersion: { description: `Always ${API.apiVersion}.`, type: 'string' },
      kind: { description: `Always ${API.kind}.`, type: 'string' },
      metadata: { type: 'object' },
      spec: openApiOf(SPEC_FIELD),
      status: openApiOf(STATUS_FIELD),
    },
    ...validations(ROOT_RULES),
  };
}
