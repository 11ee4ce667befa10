// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the settings write variables like this
import { expect } from 'chai';
import type { McpHubClusterSpec } from '../../../operator/api/types.ts';
import type { References } from '../../../operator/render/input.ts';
import { render } from '../../../operator/render/render.ts';
import { clusterModeOf } from '../../../settings/cluster-mode.ts';
import { settingsFromText } from '../../../settings/load.ts';
import { FEATURES, FULL, inputOf } from './inputs.ts';
import { filesOf, find, ofKind, settingsIn, variablesIn } from './objects.ts';

/** What the process of a role makes of its files. */
function load(spec: McpHubClusterSpec, name: string, environment: Record<string, string> = {}) {
  const { manifests } = render(inputOf(spec));
  const text = filesOf(manifests, name)['mcp_settings.json'] ?? '';
  return settingsFromText(text, { ...variablesIn(manifests, name), ...environment });
}

const nodeServers = (spec: McpHubClusterSpec) => load(spec, 'demo-node', { OTHER: 'set' }).settings.mcpServers;

describe('rendered settings', () => {
  for (const [feature, spec] of Object.entries(FEATURES)) {
    it(`of ${feature} are taken by the hub without a problem or a warning`, () => {
      for (const { metadata } of ofKind(render(inputOf(spec)).manifests, 'Deployment')) {
        const { settings, warnings } = load(spec, metadata.name, { OTHER: 'set' });
        expect(warnings, metadata.name).to.eql([]);
        const mode = metadata.labels?.['app.kubernetes.io/component'];
        expect(clusterModeOf(settings)).to.equal(mode);
        expect(settings.systemConfig.cluster.token).to.eql(['very-secret-token', 'very-secret-old']);
        const signers = mode === 'coordinator' ? ['very-secret-signer'] : [];
        expect(settings.systemConfig.cluster.secret, 'nodes sign nothing').to.eql(signers);
      }
    });
  }

  it('give a program the values of its sources, under those of its own env, also with a prefix', () => {
    expect(nodeServers(FULL).github).to.deep.include({
      args: ['github', '--org=very-secret-org', 'very-secret-org', 'set'],
      env: {
        GITHUB_TOKEN: 'ghp_very-secret-1',
        GITHUB_ORG: 'very-secret-org',
        S_SEARCH_REGION: 'eu',
        S_search_timeout: '5',
        MODE: 'fast',
        GH: 'x-ghp_very-secret-1',
      },
      failover: 'reset',
    });
  });

  it('let the env of a program win over its sources', () => {
    const env = { GITHUB_TOKEN: 'own' };
    const spec = { mcpServers: { a: { command: 'a', env, envFrom: [{ secretRef: { name: 'github' } }] } } };
    expect(nodeServers(spec).a?.env).to.deep.include(env);
  });

  it('give a remote server its headers from Secrets, and a sidecar its address', () => {
    const { search, vision } = nodeServers(FULL);
    expect(search).to.deep.include({
      url: 'https://search.example/mcp?region=eu',
      headers: { Accept: 'x', Authorization: 'Bearer very-secret-2' },
    });
    expect(search).to.not.have.any.keys('env', 'envFrom', 'headersFrom');
    expect(vision).to.deep.include({ type: 'streamable-http', url: 'http://127.0.0.1:8000/v1/mcp' });
    expect(vision).to.not.have.any.keys('container', 'pools');
  });

  it('keep variables of a server that is called like a part of the cluster apart from those of the cluster', () => {
    const references: References = { secrets: { keys: { token: 'its own' } }, configMaps: {} };
    const spec = { mcpServers: { cluster: { command: 'a', envFrom: [{ secretRef: { name: 'keys' } }] } } };
    const { manifests } = render(inputOf(spec, { references }));
    const variables = variablesIn(manifests, 'demo-node');
    const { settings } = settingsFromText(filesOf(manifests, 'demo-node')['mcp_settings.json'] ?? '', variables);
    expect(settings.systemConfig.cluster.token).to.eql(['very-secret-token', 'very-secret-old']);
    expect(settings.mcpServers.cluster?.env).to.eql({ token: 'its own' });
  });

  it('name the keys of clients for coordinators only', () => {
    const { bearerKeys } = load(FULL, 'demo-coordinator').settings;
    expect(bearerKeys.map(({ id, token, accessType }) => [id, token, accessType])).to.eql([
      ['ci', 'very-secret-4', 'all'],
      ['team', 'very-secret-5', 'groups'],
    ]);
    expect(settingsIn(render(inputOf(FULL)).manifests, 'demo-node')).to.not.have.property('bearerKeys');
  });

  it('put every server into the pools that name it or that it names, and the others into nodes', () => {
    const spec = FEATURES.pools ?? {};
    const servers = (name: string) => Object.keys(load(spec, name).settings.mcpServers);
    expect(servers('demo-node')).to.eql(['a', 'c']);
    expect(servers('demo-node-gpu')).to.eql(['b', 'c']);
    expect(servers('demo-coordinator')).to.eql([]);
  });

  it('let nodes beat often enough for a short nodeTimeout', () => {
    const { node, coordinator } = load(FULL, 'demo-node', { OTHER: 'set' }).settings.systemConfig.cluster;
    expect(node.heartbeatInterval * 2).to.be.below(coordinator.nodeTimeout);
  });

  it('have a revision that changes with a value of a Secret, and only for those who use it', () => {
    const before = render(inputOf(FULL)).revisions;
    const { references } = inputOf(FULL);
    const secrets = { ...references.secrets, keys: { ci: 'new', team: 'new' } };
    const { manifests, revisions } = render(inputOf(FULL, { references: { ...references, secrets } }));
    expect(revisions.coordinator).to.not.equal(before.coordinator);
    expect(revisions.pools).to.eql(before.pools);
    expect(settingsIn(manifests, 'demo-coordinator').systemConfig.cluster.revision).to.equal(revisions.coordinator);
    expect(revisions.pools).to.have.all.keys('nodes', 'gpu');
  });
});

describe('settingsFrom', () => {
  const spec = FEATURES['settings-from-config-map'] ?? {};

  it('lies under the spec, server by server: what the spec does not say stays', () => {
    const { memory, remote } = nodeServers(spec);
    // Another program does not get the arguments of the one before.
    expect(memory).to.deep.include({ command: 'uvx', env: { A: 'document', B: 'spec' } });
    expect(memory).to.not.have.property('args');
    expect(remote).to.deep.include({ url: 'http://remote/mcp', description: 'from the document' });
  });

  it('gives groups that the spec does not have, and none twice', () => {
    const { groups } = load(spec, 'demo-coordinator').settings;
    expect(groups.map(({ name, servers }) => [name, servers])).to.eql([
      ['work', ['remote']],
      ['document', ['remote']],
    ]);
  });

  it('cannot make the members those of another cluster', () => {
    const { systemConfig } = load(spec, 'demo-node').settings;
    expect(systemConfig.nameSeparator).to.equal('_');
    expect(systemConfig.cluster).to.deep.include({ catalogGrace: 1000, mode: 'node' });
    expect(systemConfig.cluster.token).to.eql(['very-secret-token', 'very-secret-old']);
  });

  it('of a Secret keeps the whole text in the Secret, and leaves the ConfigMap empty', () => {
    const { manifests } = render(inputOf(FEATURES['settings-from-secret'] ?? {}));
    expect(find(manifests, 'ConfigMap', 'demo-node')).to.not.have.property('data');
    expect(nodeServers(FEATURES['settings-from-secret'] ?? {}).old?.headers).to.eql({
      Authorization: 'Bearer very-secret-6',
    });
  });
});

describe('render', () => {
  const frozen = <T>(value: T): T => {
    if (typeof value === 'object' && value !== null)
      for (const member of Object.values(Object.freeze(value))) frozen(member);
    return value;
  };

  it('changes nothing of its input, and gives the same for the same: else every look at a cluster would write', () => {
    for (const spec of Object.values(FEATURES)) {
      const input = frozen(structuredClone(inputOf(spec)));
      expect(render(input)).to.eql(render(structuredClone(input)));
    }
  });

  it('takes a server for what it is, though every object has something of its name', () => {
    const document = JSON.stringify({ mcpServers: { constructor: { command: 'a' }, toString: { command: 'b' } } });
    const references = { secrets: {}, configMaps: { s: { 'mcp_settings.json': document } } };
    const spec: McpHubClusterSpec = { settingsFrom: { configMapKeyRef: { name: 's' } } };
    const { manifests, problems } = render(inputOf(spec, { references }));
    expect(problems).to.eql([]);
    expect(settingsIn(manifests, 'demo-node').mcpServers).to.eql({
      constructor: { command: 'a' },
      toString: { command: 'b' },
    });
  });
});
