import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { compareServers } from './compare.ts';
import { installed } from './installed.ts';
import { realServers } from './list.ts';

describe('real servers of others in one settings file', function () {
  this.timeout(120_000);

  it('give clients of both eras what they give when they are asked directly', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcphub-servers-'));
    try {
      const data = join(folder, 'data');
      mkdirSync(data);
      const servers = realServers(data).filter(({ short }) => short === true);
      const start = await installed(servers);
      const commands = Object.fromEntries(servers.map((server) => [server.name, start(server)]));
      const { rows } = await compareServers(folder, servers, commands);
      expect(rows.map(({ name, problems }) => ({ name, problems }))).to.eql(
        servers.map(({ name }) => ({ name, problems: [] })),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
