import { expect } from 'chai';
import { API } from '../../../operator/api/names.ts';
import { RENDER_DEFAULTS } from '../../../operator/render/defaults.ts';
import { DEFAULTS } from '../../../settings/defaults.ts';
import { admit } from './admission.ts';
import { crd, rootSchema, type Schema, schemasWithin, versionOf } from './open-api.ts';

const version = versionOf(crd);
const all = schemasWithin(rootSchema, '').filter(({ path }) => !['apiVersion', 'kind', 'metadata'].includes(path));

/** The schema at a path such as `.status.conditions[?(@.type=="Ready")].status`. */
function schemaAt(jsonPath: string): Schema | undefined {
  const steps = jsonPath
    .replace(/\[\?\(@\.type=="\w+"\)\]/, '.[]')
    .split('.')
    .filter(Boolean);
  return steps.reduce<Schema | undefined>(
    (schema, step) => (step === '[]' ? schema?.items : schema?.properties?.[step]),
    rootSchema,
  );
}

function minimal(spec?: object): object {
  return { apiVersion: API.apiVersion, kind: API.kind, metadata: { name: 'demo' }, ...(spec && { spec }) };
}

function pathsOf(test: (schema: Schema) => boolean | undefined): string[] {
  return all.filter(({ schema }) => test(schema)).map(({ path }) => path);
}

describe('the schema of the CRD', () => {
  it('accepts the example of the documentation, and an object without a spec', () => {
    const spec = {
      coordinator: { replicas: 2, service: { type: 'LoadBalancer' } },
      nodes: { replicas: 3 },
      mcpServers: { everything: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-everything'] } },
    };
    expect(admit(minimal(spec)).refusals).to.eql([]);
    expect(admit(minimal()).refusals).to.eql([]);
  });

  it('documents every field: kubectl explain shows no empty line', () => {
    expect(all.length).to.be.greaterThan(200);
    expect(pathsOf(({ description = '' }) => !/^\S.{2,}[.!?]$/s.test(description))).to.eql([]);
  });

  it('bounds every list, map, text and number: else the budget of CEL refuses the CRD', () => {
    const isText = ({ type, enum: words }: Schema) => type === 'string' && words === undefined;
    expect(pathsOf((schema) => isText(schema) && schema.maxLength === undefined)).to.eql([]);
    expect(pathsOf(({ type, maxItems }) => type === 'array' && maxItems === undefined)).to.eql([]);
    expect(
      pathsOf(({ additionalProperties, maxProperties }) => additionalProperties && maxProperties === undefined),
    ).to.eql([]);
    const isNumber = ({ type }: Schema) => type === 'integer' || type === 'number';
    expect(pathsOf((schema) => isNumber(schema) && (schema.minimum ?? schema.maximum) === undefined)).to.eql([]);
  });

  it('says how every list is merged, and merges by keys that are always there', () => {
    expect(pathsOf((schema) => schema.type === 'array' && schema['x-kubernetes-list-type'] === undefined)).to.eql([]);
    const keyless = pathsOf(({ 'x-kubernetes-list-map-keys': keys = [], items }) =>
      keys.some((key) => !items?.required?.includes(key) && items?.properties?.[key]?.default === undefined),
    );
    expect(keyless).to.eql([]);
    expect(pathsOf((schema) => schema['x-kubernetes-list-type'] === 'set' && schema.items?.type !== 'string')).to.eql(
      [],
    );
  });

  it('requires nothing that has a default, and gives no default that it would refuse', () => {
    expect(
      pathsOf(({ required = [], properties }) => required.some((name) => properties?.[name]?.default !== undefined)),
    ).to.eql([]);
    for (const { path, schema } of all) {
      if (schema.default === undefined) continue;
      expect(admit({ value: schema.default }, { type: 'object', properties: { value: schema } }).refusals, path).to.eql(
        [],
      );
    }
  });

  it('shows its defaults: a reader of the object need not know them', () => {
    const { object } = admit(
      minimal({ nodePools: [{ name: 'gpu' }], settingsFrom: { secretKeyRef: { name: 'old' } } }),
    );
    expect(object)
      .to.have.property('spec')
      .that.eql({
        paused: false,
        image: { pullPolicy: 'IfNotPresent' },
        coordinator: {
          replicas: 2,
          service: { type: 'ClusterIP', port: 80 },
          nodeTimeout: DEFAULTS.nodeTimeout,
          cleanupInterval: DEFAULTS.cleanupInterval,
          drainTimeout: DEFAULTS.drainTimeout,
        },
        stickySession: {
          strategy: 'consistent-hash',
          cookieName: DEFAULTS.cookieName,
          headerName: DEFAULTS.headerName,
          timeout: DEFAULTS.stickySessionTimeout,
        },
        nodes: { replicas: 2, drainTimeout: DEFAULTS.drainTimeout },
        nodePools: [{ name: 'gpu', replicas: 2, drainTimeout: DEFAULTS.drainTimeout }],
        settingsFrom: { secretKeyRef: { name: 'old', key: 'mcp_settings.json' } },
        monitoring: {
          scrape: 'none',
          interval: '30s',
          rules: false,
          dashboard: false,
          dashboardLabels: { grafana_dashboard: '1' },
        },
        networkPolicy: { enabled: false },
      });
  });

  it('has the defaults that rendering assumes of objects that no API server has seen', () => {
    const of = (path: string) => schemaAt(`.spec.${path}`)?.default;
    const server = schemaAt('.spec.mcpServers')?.additionalProperties;
    expect(RENDER_DEFAULTS).to.deep.include({
      coordinatorReplicas: of('coordinator.replicas'),
      nodeReplicas: of('nodes.replicas'),
      servicePort: of('coordinator.service.port'),
      path: of('coordinator.ingress.path'),
      serverPath: server?.properties?.container?.properties?.path?.default,
      minReplicas: of('nodes.autoscaling.min'),
      scrapeInterval: of('monitoring.interval'),
      dashboardLabels: of('monitoring.dashboardLabels'),
      drainTimeout: of('nodes.drainTimeout'),
      settingsKey: of('settingsFrom.configMapKeyRef.key'),
    });
  });

  it('keeps keys of mcp_settings.json and of Kubernetes that it does not know', () => {
    const spec = {
      mcpServers: { one: { command: 'x', owner: 'admin', oauth: { clientId: 'a' }, tools: { a: { enabled: false } } } },
      groups: [{ name: 'dev', icon: 'x', servers: ['one', { name: 'one', tools: ['a'] }] }],
      nodes: { podTemplate: { spec: { hostNetwork: false } }, resources: { limits: { cpu: 2, memory: '1Gi' } } },
      networkPolicy: { clients: [{ podSelector: {} }] },
    };
    const { object, refusals } = admit(minimal(spec));
    expect(refusals).to.eql([]);
    expect(object).to.have.nested.property('spec.mcpServers.one').that.eql(spec.mcpServers.one);
    expect(object).to.have.nested.property('spec.groups').that.eql(spec.groups);
  });

  it('prints only columns that exist, and few enough for a terminal', () => {
    const columns = version.additionalPrinterColumns;
    const lost = columns.filter(
      ({ jsonPath }) => !jsonPath.startsWith('.metadata') && schemaAt(jsonPath) === undefined,
    );
    expect(lost).to.eql([]);
    expect(columns.filter(({ priority = 0 }) => priority === 0).map(({ name }) => name)).to.eql([
      'Ready',
      'Nodes',
      'Servers',
      'Sessions',
      'URL',
      'Age',
    ]);
  });

  it('can be scaled although nothing was said: the paths exist, and the number has a default', () => {
    const { scale } = version.subresources;
    expect(schemaAt(scale.specReplicasPath ?? '')).to.include({ type: 'integer', default: 2 });
    expect(schemaAt(scale.statusReplicasPath ?? '')).to.include({ type: 'integer' });
    expect(schemaAt(scale.labelSelectorPath ?? '')).to.include({ type: 'string' });
    expect(version.subresources.status).to.eql({});
  });

  it('is found under all its names', () => {
    expect(crd.metadata.name).to.equal(`${API.plural}.${API.group}`);
    expect(crd.spec.names).to.include({ kind: API.kind, plural: API.plural, singular: API.singular });
    expect(crd.spec.names).to.deep.include({ shortNames: [API.shortName], categories: [API.category] });
  });
});
