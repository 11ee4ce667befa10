import { expect } from 'chai';
import fc from 'fast-check';
import type { SpecProblem } from '../../../operator/api/problem.ts';
import { specProblem } from '../../../operator/api/settings-problems.ts';
import type { McpHubClusterSpec } from '../../../operator/api/types.ts';
import { referenceProblems, specWarnings } from '../../../operator/api/validate.ts';
import { closest } from '../../../settings/closest.ts';
import { SettingsError } from '../../../settings/errors.ts';
import { parseSettings } from '../../../settings/load.ts';

const secretKeyRef = { name: 'secret', key: 'token' };

/** What the hub refuses, and what leads nowhere. */
function problems(spec: McpHubClusterSpec, settings: unknown): SpecProblem[] {
  const nowhere = referenceProblems(spec, settings);
  try {
    parseSettings(settings);
    return nowhere;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return [...error.problems.map((problem) => specProblem(spec, settings, problem)), ...nowhere];
  }
}

function problemsOf(spec: object, settings: object = spec): string[] {
  return problems(spec as McpHubClusterSpec, settings).map(({ path, message }) => `${path}: ${message}`);
}

function warningsOf(entry: object): string[] {
  const spec = { mcpServers: { one: entry } } as McpHubClusterSpec;
  return specWarnings(spec).map(({ path, message }) => `${path}: ${message}`);
}

describe('the check beyond the schema', () => {
  it('finds nothing wrong with a spec that is right', () => {
    const spec = {
      mcpServers: { fetch: { command: 'uvx', args: ['mcp-server-fetch'] }, search: { url: 'http://a/mcp' } },
      groups: [{ name: 'dev', id: '1', servers: ['fetch', { name: 'search', tools: ['find'] }] }],
      auth: {
        bearerKeys: [
          { name: 'ci', secretKeyRef, accessType: 'custom', allowedGroups: ['1'], allowedServers: ['search'] },
        ],
      },
    };
    expect(problemsOf(spec, { mcpServers: spec.mcpServers, groups: spec.groups })).to.eql([]);
    expect(specWarnings(spec as McpHubClusterSpec)).to.eql([]);
  });

  it('names the field of the spec, not the place in a document that the user never saw', () => {
    const mcpServers = { 'a.b': { command: 'x', args: [8080] }, c: { command: 'x', options: { timeout: -1 } } };
    expect(problemsOf({ mcpServers })).to.eql([
      'spec.mcpServers["a.b"].args[0]: expected string, got number; write it in double quotes',
      'spec.mcpServers.c.options.timeout: must be above 0, got -1; write a whole number of milliseconds, such as 5000',
    ]);
    expect(
      problemsOf(
        {},
        { systemConfig: { cluster: { node: { drainTimeout: -1 }, coordinator: { stickySessionTimeout: 0 } } } },
      ).map((problem) => problem.split(': ')[0]),
    ).to.eql(['spec.nodes.drainTimeout', 'spec.stickySession.timeout']);
  });

  it('finds groups and keys by their name, since settingsFrom moves their positions', () => {
    const groups = [{ name: 'dev', servers: [{ name: 'x', alias: 'not allowed' }] }];
    const bearerKeys = [{ name: 'ci', secretKeyRef }];
    const settings = {
      mcpServers: { x: { command: 'x' } },
      groups: [{ name: 'old' }, ...groups],
      bearerKeys: [
        { name: 'old', token: 'a' },
        { name: 'ci', token: '' },
      ],
    };
    const problems = problemsOf(
      { groups, auth: { bearerKeys }, settingsFrom: { configMapKeyRef: { name: 'old' } } },
      settings,
    );
    expect(problems.map((problem) => problem.split(': ')[0])).to.eql([
      'spec.groups[0].servers[0].alias',
      'spec.auth.bearerKeys[0].secretKeyRef',
    ]);
  });

  it('says of what lies in settingsFrom that it is there, and shows nothing that comes from a Secret', () => {
    const settings = { mcpServers: { 'b: ["': { command: 5 } } };
    expect(problemsOf({ settingsFrom: { configMapKeyRef: { name: 'old' } } }, settings)).to.eql([
      'spec.settingsFrom.configMapKeyRef: mcpServers["b: [\\""].command: expected string, got number; write it in double quotes',
    ]);
    expect(problemsOf({ settingsFrom: { secretKeyRef: { name: 'old' } } }, settings)).to.eql([
      'spec.settingsFrom.secretKeyRef: mcpServers["b: [\\""].command: expected string; what is there is not shown, since it comes from a Secret',
    ]);
  });

  it('finds names that lead nowhere, and says which one was meant', () => {
    const spec = {
      mcpServers: { github: { command: 'x' } },
      groups: [{ name: 'dev', servers: ['githbu', { name: 'search' }, 'github'] }],
      auth: {
        bearerKeys: [
          { name: 'ci', secretKeyRef, accessType: 'custom', allowedGroups: ['dve'], allowedServers: ['x', 'old'] },
        ],
      },
    };
    const settings = { mcpServers: { ...spec.mcpServers, old: { command: 'x' } } };
    expect(problemsOf(spec, settings)).to.eql([
      'spec.groups[0].servers[0]: there is no server "githbu"; write "github", or add it to spec.mcpServers',
      'spec.groups[0].servers[1].name: there is no server "search"; add it to spec.mcpServers, or remove the name',
      'spec.auth.bearerKeys[0].allowedServers[0]: there is no server "x"; add it to spec.mcpServers, or remove the name',
      'spec.auth.bearerKeys[0].allowedGroups[0]: there is no group "dve"; write "dev", or add it to spec.groups',
    ]);
  });

  it('warns of keys that are slips, and lets other keys of MCPHub be', () => {
    expect(warningsOf({ command: 'x', arg: [], envForm: [], idle_timeout_ms: 5, owner: 'admin', oauth: {} })).to.eql([
      'spec.mcpServers.one.arg: the key is unknown and has no effect; did you mean "args"?',
      'spec.mcpServers.one.envForm: the key is unknown and has no effect; did you mean "envFrom"?',
      'spec.mcpServers.one.idle_timeout_ms: the key is unknown and has no effect; did you mean "idleTimeoutMs"?',
    ]);
  });

  it('warns of secrets in plain text without repeating them', () => {
    const plain = { env: { GITHUB_TOKEN: 'ghp_1', LEVEL: 'info' }, headers: { Authorization: 'Bearer sk-1' } };
    const warnings = warningsOf({ url: 'http://a', ...plain });
    expect(warnings.map((warning) => warning.split(': ')[0])).to.eql([
      'spec.mcpServers.one.env.GITHUB_TOKEN',
      'spec.mcpServers.one.headers.Authorization',
    ]);
    expect(warnings.join()).not.to.match(/ghp_1|sk-1/);
    expect(warningsOf({ command: 'x', env: { GITHUB_TOKEN: '$' + '{TOKEN}' } })).to.eql([]);
  });

  it('warns of a share of nothing: an autoscaler by CPU does nothing while no CPU is requested', () => {
    const autoscaling = { max: 4, cpu: 80 };
    const pools = [
      { name: 'a', autoscaling, resources: { requests: { cpu: 1 } } },
      { name: 'b', autoscaling },
    ];
    const warnings = specWarnings({ nodes: { autoscaling }, nodePools: pools });
    expect(warnings.map(({ path }) => path)).to.eql([
      'spec.nodes.autoscaling.cpu',
      'spec.nodePools[1].autoscaling.cpu',
    ]);
    expect(warnings[0]?.message).to.include('add resources.requests.cpu');
  });

  it('does not crash on any settings and specs, however wrong', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (settings, entry) => {
        const spec = { mcpServers: { one: { command: 'x' } }, groups: [{ name: 'g', servers: [entry as string] }] };
        problems(spec, settings);
        specWarnings(spec);
      }),
    );
  });

  it('counts a swap, a gap and a wrong letter as one slip each, and knows no word that is far away', () => {
    const words = ['env', 'args', 'headersFrom', 'failover'];
    expect(closest('agrs', words)).to.equal('args');
    expect(closest('headerFrom', words)).to.equal('headersFrom');
    expect(closest('failovre', words)).to.equal('failover');
    expect(closest('HEADERS_FROM', words)).to.equal('headersFrom');
    expect(closest('owner', words)).to.equal(undefined);
    expect(closest('', words)).to.equal(undefined);
  });
});
