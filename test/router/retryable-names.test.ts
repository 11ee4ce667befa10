import { expect } from 'chai';
import type { RouterContext } from '../../router/context.ts';
import { isRetryableTool } from '../../router/nodes/retryable-tools.ts';
import { ShownNames } from '../../settings/shown-names.ts';
import { resolveTarget, type TargetServer } from '../../settings/targets.ts';

describe('names of tools that may be called twice', () => {
  /** A cluster of one node, whose servers annotate these tools. */
  function context(retryable: Record<string, string[]>, servers: (string | TargetServer)[] = []): RouterContext {
    const group = {
      id: 'g',
      name: 'g',
      servers: servers.map((server) => (typeof server === 'string' ? { name: server } : server)),
    };
    const names = { servers: Object.keys(retryable), groups: [group], enableGroupNameRoute: true };
    const serverStatus = Object.fromEntries(
      Object.entries(retryable).map(([name, tools]) => [name, { status: 'connected', retryable: tools }]),
    );
    const nodes = new Map([['n', { metadata: { serverStatus, nameSeparator: '-' } }]]);
    return {
      catalog: { resolve: (target: string) => resolveTarget(target, names) },
      registry: { nodes },
    } as unknown as RouterContext;
  }
  const shown = (prefixes: string[], prefix: string, name: string, portable = true) =>
    new ShownNames(prefixes, { separator: '-', portable }).shown(prefix, name);

  it('is found by the name that is shown, by its plain name, and by its own on the route of its server', () => {
    const long = 'l'.repeat(70);
    const hub = context({ 'My Server': ['a.b', long], other: [] });
    const prefixes = ['My Server', 'other'];
    for (const name of ['a.b', long]) {
      for (const target of ['', '$smart']) {
        expect(isRetryableTool(hub, target, `My Server-${name}`)).to.equal(true);
        expect(isRetryableTool(hub, target, shown(prefixes, 'My Server', name))).to.equal(true);
        expect(isRetryableTool(hub, target, shown(prefixes, 'My Server', name, false))).to.equal(true);
      }
      expect(isRetryableTool(hub, 'My Server', name)).to.equal(true);
      expect(isRetryableTool(hub, 'other', name)).to.equal(false);
    }
    expect(isRetryableTool(hub, '', 'My Server-c')).to.equal(false);
    expect(isRetryableTool(hub, 'nowhere', 'a.b')).to.equal(false);
  });

  it('does not lend its name to one of another server, or to a renamed one', () => {
    const hub = context({ git: ['hub-danger', 'git-read'], 'git-hub': ['read'] }, [
      { name: 'git', alias: 'x' },
      { name: 'git-hub', tools: { danger: { name: 'read' } } },
    ]);
    expect(isRetryableTool(hub, '', 'git-hub-danger')).to.equal(false);
    expect(isRetryableTool(hub, '', 'git-hub-read')).to.equal(true);
    expect(isRetryableTool(hub, 'git', 'read')).to.equal(false);
    expect(isRetryableTool(hub, 'git', 'git-read')).to.equal(true);
    for (const name of ['git-hub-read', 'x-hub-danger', 'git-hub-danger'])
      expect(isRetryableTool(hub, 'g', name), name).to.equal(false);
    const derived = shown(['My Server', 'My_Server'], 'My Server', 'danger');
    expect(
      isRetryableTool(context({ 'My Server': [], My_Server: [derived.slice('My_Server-'.length)] }), '', derived),
    ).to.equal(false);
  });
});
