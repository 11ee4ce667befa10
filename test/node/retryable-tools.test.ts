import { expect } from 'chai';
import type { Hosted } from '../../node/hosts.ts';
import { retryableTools } from '../../node/membership/retryable-tools.ts';

describe('the tools that a node reports as repeatable', () => {
  const readOnly = { readOnlyHint: true };

  /** What is reported of a server `git` with these settings and tools. */
  function reported(config: object, tools: object[]): string[] {
    const hosted = { name: 'git', config, catalog: { peek: () => tools } } as unknown as Hosted;
    return retryableTools(hosted, '-');
  }

  it('are none without trust, where settings rename, or whose prefixed name is that of another tool', () => {
    const tools = [
      { name: 'read', annotations: readOnly },
      { name: 'log', annotations: { idempotentHint: true } },
      { name: 'write' },
    ];
    expect(reported({}, tools)).to.deep.equal([]);
    expect(reported({ retryReadOnly: true }, tools)).to.deep.equal(['read', 'log']);
    expect(reported({ retryReadOnly: true, tools: { write: { name: 'read' } } }, tools)).to.deep.equal([]);
    expect(reported({ retryReadOnly: true }, [...tools, { name: 'git-read' }])).to.deep.equal(['log']);
    expect(reported({ retryReadOnly: true }, [...tools, { name: 'git-read', annotations: readOnly }])).to.deep.equal([
      'read',
      'log',
      'git-read',
    ]);
  });
});
