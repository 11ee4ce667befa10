import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { findSettingsFile } from '../../settings/load.ts';

describe('settings/read', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcphub-load-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  describe('findSettingsFile', () => {
    it('takes a path that ends in .json as the file, anything else as its folder, there or not', () => {
      expect(findSettingsFile({ MCPHUB_SETTING_PATH: '/etc/hub/my.json' }, folder)).to.equal('/etc/hub/my.json');
      expect(findSettingsFile({ MCPHUB_SETTING_PATH: '/etc/hub' }, folder)).to.equal('/etc/hub/mcp_settings.json');
      expect(findSettingsFile({ MCPHUB_SETTING_PATH: 'conf/' }, folder)).to.equal(
        join(folder, 'conf/mcp_settings.json'),
      );
    });

    it('looks in the working directory, then in its parent', async () => {
      const child = join(folder, 'child');
      await mkdir(child);
      expect(findSettingsFile({}, child)).to.equal(undefined);
      await writeFile(join(folder, 'mcp_settings.json'), '{}');
      expect(findSettingsFile({ MCPHUB_SETTING_PATH: '' }, child)).to.equal(join(folder, 'mcp_settings.json'));
      await writeFile(join(child, 'mcp_settings.json'), '{}');
      expect(findSettingsFile({}, child)).to.equal(join(child, 'mcp_settings.json'));
    });
  });
});
