import { expect } from 'chai';
import type { McpHubClusterSpec } from '../../../operator/api/types.ts';
import { canonicalJson } from '../../../operator/render/canonical-json.ts';
import type { RenderInput } from '../../../operator/render/input.ts';
import { render } from '../../../operator/render/render.ts';
import { FULL, inputOf, MINIMAL, SECRETS } from './inputs.ts';
import { find, ofKind, templateOf } from './objects.ts';

const templatesOf = (input: RenderInput) =>
  ofKind(render(input).manifests, 'Deployment').map((deployment) => canonicalJson(templateOf(deployment)));

const templateWith = (podTemplate: Record<string, unknown>) => {
  const spec: McpHubClusterSpec = { nodes: { podTemplate } };
  return templateOf(find(render(inputOf(spec)).manifests, 'Deployment', 'demo-node'));
};

describe('Pod templates', () => {
  const unchanged: Record<string, RenderInput> = {
    'a server is added': inputOf({ ...FULL, mcpServers: { ...FULL.mcpServers, added: { command: 'added' } } }),
    'a server goes': inputOf({ ...FULL, mcpServers: { vision: FULL.mcpServers?.vision ?? {} } }),
    'groups change': inputOf({ ...FULL, groups: [{ name: 'other', servers: [] }] }),
    'keys of clients change': inputOf({ ...FULL, auth: { bearerKeys: [] } }),
    'a Secret changes': inputOf(FULL, {
      references: { ...inputOf(FULL).references, secrets: { ...SECRETS, search: { key: 'another' } } },
    }),
    'tokens rotate': inputOf(FULL, { credentials: { tokens: ['a', 'b'], secrets: ['c'] } }),
    'settings come from elsewhere': inputOf({ ...FULL, settingsFrom: { secretKeyRef: { name: 'settings' } } }),
    'sessions stick otherwise': inputOf({ ...FULL, stickySession: { strategy: 'header' } }),
    'a timeout changes': inputOf({ ...FULL, coordinator: { ...FULL.coordinator, nodeTimeout: 20_000 } }),
  };
  for (const [what, input] of Object.entries(unchanged)) {
    it(`stay the same when ${what}: no Pod restarts for what it reads again`, () => {
      expect(templatesOf(input)).to.eql(templatesOf(inputOf(FULL)));
      expect(render(input).revisions).to.not.eql(render(inputOf(FULL)).revisions);
    });
  }

  it('change with what only a new Pod can take over', () => {
    const changes: McpHubClusterSpec[] = [
      { ...MINIMAL, image: { node: 'other' } },
      { ...MINIMAL, nodes: { resources: { limits: { cpu: 1 } } } },
      { ...MINIMAL, nodes: { drainTimeout: 1000 } },
      { ...MINIMAL, coordinator: { ingress: { host: 'a', path: '/team' } } },
    ];
    for (const spec of changes) expect(templatesOf(inputOf(spec))).to.not.eql(templatesOf(inputOf(MINIMAL)));
  });

  it('give a draining Pod longer than its drain', () => {
    const { manifests } = render(inputOf(FULL));
    // 3 s of delay and 60.5 s of drain; 45 s of drain.
    expect(
      templateOf(find(manifests, 'Deployment', 'demo-coordinator')).spec.terminationGracePeriodSeconds,
    ).to.be.above(63.5);
    expect(templateOf(find(manifests, 'Deployment', 'demo-node')).spec.terminationGracePeriodSeconds).to.be.above(45);
  });

  it('give a coordinator the time to drain that settingsFrom says', () => {
    const document = { systemConfig: { cluster: { coordinator: { drainDelay: 100_000 } } } };
    const configMaps = { slow: { 'mcp_settings.json': JSON.stringify(document) } };
    const spec: McpHubClusterSpec = { settingsFrom: { configMapKeyRef: { name: 'slow' } } };
    const { manifests } = render(inputOf(spec, { references: { secrets: {}, configMaps } }));
    expect(
      templateOf(find(manifests, 'Deployment', 'demo-coordinator')).spec.terminationGracePeriodSeconds,
    ).to.be.above(130);
  });
});

describe('the patch of a Pod template', () => {
  it('merges containers, variables, ports, mounts and volumes by their names', () => {
    const { spec } = templateWith({
      spec: {
        containers: [
          {
            name: 'node',
            image: 'patched',
            env: [
              { name: 'MCPHUB_SETTING_PATH', value: '/other' },
              { name: 'NEW', value: 'a' },
            ],
            ports: [{ containerPort: 3000, hostPort: 3000 }],
            volumeMounts: [{ mountPath: '/tmp', name: 'big' }],
          },
          { name: 'extra', image: 'extra' },
        ],
        volumes: [{ name: 'big', emptyDir: {} }],
      },
    });
    const [node, extra] = spec.containers;
    expect(spec.containers).to.have.length(2);
    expect(extra).to.eql({ name: 'extra', image: 'extra' });
    expect(node?.image).to.equal('patched');
    expect(node?.env?.find(({ name }) => name === 'MCPHUB_SETTING_PATH')?.value).to.equal('/other');
    expect(node?.env?.at(-1)).to.eql({ name: 'NEW', value: 'a' });
    expect(node?.ports?.[0]).to.deep.include({ name: 'mcp', containerPort: 3000, hostPort: 3000 });
    expect(node?.volumeMounts?.filter(({ mountPath }) => mountPath === '/tmp')).to.eql([
      { name: 'big', mountPath: '/tmp' },
    ]);
    expect(spec.volumes.map(({ name }) => name)).to.eql(['settings', 'tmp', 'big']);
  });

  it('removes with null and $patch: delete, and replaces lists with $patch: replace', () => {
    const { spec } = templateWith({
      spec: {
        topologySpreadConstraints: null,
        volumes: [{ name: 'tmp', $patch: 'delete' }],
        containers: [{ name: 'node', livenessProbe: null, ports: [{ $patch: 'replace' }, { containerPort: 1 }] }],
        securityContext: { $patch: 'replace', runAsNonRoot: true },
      },
    });
    expect(spec).to.not.have.property('topologySpreadConstraints');
    expect(spec.volumes.map(({ name }) => name)).to.eql(['settings']);
    expect(spec.containers[0]).to.not.have.property('livenessProbe');
    expect(spec.containers[0]?.ports).to.eql([{ containerPort: 1 }]);
    expect(spec.securityContext).to.eql({ runAsNonRoot: true });
    expect(JSON.stringify(spec)).to.not.contain('$patch');
  });

  it('adds tolerations to those of the spec, and replaces lists without names', () => {
    const spec: McpHubClusterSpec = {
      nodes: {
        scheduling: { tolerations: [{ key: 'a' }] },
        podTemplate: { spec: { tolerations: [{ key: 'b' }], containers: [{ name: 'node', args: ['x'] }] } },
      },
    };
    const { tolerations, containers } = templateOf(
      find(render(inputOf(spec)).manifests, 'Deployment', 'demo-node'),
    ).spec;
    expect(tolerations).to.eql([{ key: 'a' }, { key: 'b' }]);
    expect(containers[0]).to.deep.include({ args: ['x'] });
  });

  it('cannot take Pods away from the selector of their Deployment', () => {
    const { metadata } = templateWith({
      metadata: { labels: { 'mcphub.io/cluster': 'other', 'mcphub.io/pool': null, a: 'b' } },
    });
    expect(metadata.labels).to.deep.include({ 'mcphub.io/cluster': 'demo', 'mcphub.io/pool': 'nodes', a: 'b' });
  });
});
