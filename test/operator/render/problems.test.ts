import { expect } from 'chai';
import type { McpHubClusterSpec } from '../../../operator/api/types.ts';
import type { References, SpecProblem } from '../../../operator/render/input.ts';
import { configMapsOf, secretsOf } from '../../../operator/render/references.ts';
import { render } from '../../../operator/render/render.ts';
import { FULL, inputOf } from './inputs.ts';

const problemsOf = (spec: McpHubClusterSpec, references?: Partial<References>): SpecProblem[] =>
  render(inputOf(spec, references && { references: { secrets: {}, configMaps: {}, ...references } })).problems;

const withDocument = (text: string) =>
  problemsOf({ settingsFrom: { configMapKeyRef: { name: 's', key: 'k' } } }, { configMaps: { s: { k: text } } });

describe('problems of a spec', () => {
  it('name every Secret and ConfigMap that is missing, so that the cluster heals when it appears', () => {
    const problems = problemsOf(FULL, {});
    expect(problems.filter(({ missing }) => missing !== undefined).map(({ path, missing }) => [path, missing])).to.eql([
      ['spec.mcpServers.github.envFrom[0].secretRef', { kind: 'Secret', name: 'github' }],
      ['spec.mcpServers.github.envFrom[1].configMapRef', { kind: 'ConfigMap', name: 'search' }],
      ['spec.mcpServers.search.envFrom[0].configMapRef', { kind: 'ConfigMap', name: 'search' }],
      ['spec.mcpServers.search.headersFrom[0].secretKeyRef', { kind: 'Secret', name: 'search', key: 'key' }],
      ['spec.auth.bearerKeys[0].secretKeyRef', { kind: 'Secret', name: 'keys', key: 'ci' }],
      ['spec.auth.bearerKeys[1].secretKeyRef', { kind: 'Secret', name: 'keys', key: 'team' }],
    ]);
    expect(problems.map(({ path, missing }) => (missing === undefined ? path : ''))).to.eql(problems.map(() => ''));
  });

  it('name a key that is missing, and those that are there', () => {
    const spec: McpHubClusterSpec = {
      auth: { bearerKeys: [{ name: 'a', secretKeyRef: { name: 'keys', key: 'wrong' } }] },
    };
    expect(problemsOf(spec)).to.eql([
      {
        path: 'spec.auth.bearerKeys[0].secretKeyRef',
        message: 'the Secret "keys" has no key "wrong"; add it, or name one that it has (ci, team)',
        missing: { kind: 'Secret', name: 'keys', key: 'wrong' },
      },
    ]);
  });

  it('are found once each, though several roles have them', () => {
    const spec = { groups: [{ name: '' }] };
    expect(problemsOf(spec).map(({ path }) => path)).to.eql(['spec.groups[0].name']);
  });

  it('name what leads nowhere: a group without its server, a key without its group', () => {
    const spec: McpHubClusterSpec = {
      mcpServers: { memory: { command: 'memory' } },
      groups: [{ name: 'work', servers: ['memroy'] }],
      auth: {
        bearerKeys: [
          { name: 'ci', secretKeyRef: { name: 'keys', key: 'ci' }, accessType: 'groups', allowedGroups: ['wrok'] },
        ],
      },
    };
    expect(problemsOf(spec)).to.eql([
      {
        path: 'spec.groups[0].servers[0]',
        message: 'there is no server "memroy"; write "memory", or add it to spec.mcpServers',
      },
      {
        path: 'spec.auth.bearerKeys[0].allowedGroups[0]',
        message: 'there is no group "wrok"; write "work", or add it to spec.groups',
      },
    ]);
  });

  it('are not what works and is likely not meant; that is a warning', () => {
    const entry = { command: 'a', evn: {}, env: { API_KEY: 'in-the-open' } };
    const { problems, warnings } = render(inputOf({ mcpServers: { a: entry } }));
    expect(problems).to.eql([]);
    expect(warnings.map(({ path }) => path)).to.eql(['spec.mcpServers.a.evn', 'spec.mcpServers.a.env.API_KEY']);
  });

  it('are at the place that the spec has, though settingsFrom comes first in what the hub reads', () => {
    const document = { mcpServers: { memory: { command: 'memory' } }, groups: [{ name: 'old', servers: ['memory'] }] };
    const spec: McpHubClusterSpec = {
      settingsFrom: { configMapKeyRef: { name: 's', key: 'k' } },
      groups: [{ name: 'work', servers: [{ name: 'memory', alias: 'not allowed' }] }],
    };
    const found = problemsOf(spec, { configMaps: { s: { k: JSON.stringify(document) } } });
    expect(found.map(({ path }) => path)).to.eql(['spec.groups[0].servers[0].alias']);
  });

  it('are those of the hub, at their place in the spec', () => {
    const wrong = { args: 'text' } as unknown as { args: string[] };
    const [problem] = problemsOf({ mcpServers: { a: { command: 'a', ...wrong } } });
    expect(problem?.path).to.equal('spec.mcpServers.a.args');
    expect(problem?.message).to.contain('a list of strings');
  });

  it('say that a key of a client is empty, since the hub would not start with it', () => {
    const spec: McpHubClusterSpec = {
      auth: { bearerKeys: [{ name: 'a', secretKeyRef: { name: 'keys', key: 'ci' } }] },
    };
    const problems = problemsOf(spec, { secrets: { keys: { ci: '' } } });
    expect(problems.map(({ path }) => path)).to.eql(['spec.auth.bearerKeys[0].secretKeyRef']);
  });

  it('say which pools and servers do not exist', () => {
    const spec: McpHubClusterSpec = {
      nodePools: [{ name: 'gpu', servers: ['a', 'lost'] }],
      mcpServers: { a: { command: 'a', pools: ['gpu', 'cpu'] } },
    };
    expect(problemsOf(spec).map(({ path, message }) => `${path}: ${message}`)).to.eql([
      'spec.mcpServers.a.pools[1]: there is no pool "cpu"; write one of nodes, gpu, or add it to spec.nodePools',
      'spec.nodePools[0].servers[1]: there is no server "lost"; add it to spec.mcpServers, or remove the name',
    ]);
  });

  it('say which sidecars of a pool want the same port; in other pools it is free', () => {
    const container = (port: number, pool: string) => ({ container: { image: 'i', port }, pools: [pool] });
    const spec: McpHubClusterSpec = {
      nodePools: [{ name: 'other' }],
      mcpServers: {
        a: container(8000, 'nodes'),
        b: container(8000, 'nodes'),
        c: container(8000, 'other'),
        d: container(9464, 'other'),
      },
    };
    expect(problemsOf(spec).map(({ path, message }) => `${path}: ${message}`)).to.eql([
      'spec.mcpServers.b.container.port: 8000 is the port of the server "a" in the pool "nodes" already; choose another, or another pool',
      'spec.mcpServers.d.container.port: 9464 is the port of the node itself in the pool "other" already; choose another, or another pool',
    ]);
  });

  it('say which items of a patch have no name: they would take the place of all others', () => {
    const containers = [{ image: 'a' }, { name: 'node', ports: [{ hostPort: 1 }], env: [{ $patch: 'replace' }] }];
    const spec: McpHubClusterSpec = {
      coordinator: { podTemplate: { spec: { volumes: [{}] } } },
      nodePools: [{ name: 'gpu', podTemplate: { spec: { containers } } }],
    };
    expect(problemsOf(spec).map(({ path }) => path)).to.eql([
      'spec.coordinator.podTemplate.spec.volumes[0]',
      'spec.nodePools[0].podTemplate.spec.containers[0]',
      'spec.nodePools[0].podTemplate.spec.containers[1].ports[0]',
    ]);
  });

  it('say what is wrong with a document of settings, where it came from', () => {
    const messages = ['{ "a" 1 }', '[]', '{"mcpServers": []}', '{"mcpServers": {"a": {}}}'].map((text) => {
      const [problem, ...others] = withDocument(text);
      expect(others).to.eql([]);
      expect(problem?.path).to.equal('spec.settingsFrom.configMapKeyRef');
      return problem?.message ?? '';
    });
    expect(messages[0]).to.contain('the key "k" of the ConfigMap "s" is not JSON at line:column 1:7');
    expect(messages[1]).to.contain('is not an object');
    expect(messages[2]).to.contain('"mcpServers" that is not an object');
    expect(messages[3]).to.contain('mcpServers.a: needs "command"');
  });
});

describe('references of a spec', () => {
  it('are all Secrets and ConfigMaps whose content is taken over, each once', () => {
    expect(secretsOf(FULL)).to.eql(['github', 'search', 'keys']);
    expect(configMapsOf(FULL)).to.eql(['search']);
    expect(secretsOf({ settingsFrom: { secretKeyRef: { name: 's' } } })).to.eql(['s']);
    expect(configMapsOf({ settingsFrom: { configMapKeyRef: { name: 'm' } } })).to.eql(['m']);
  });
});
