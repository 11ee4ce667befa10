import { expect } from 'chai';
import { restartDelay } from '../../../node/servers/attempts.ts';
import { childEnvironment } from '../../../node/servers/environment.ts';
import { createRedactor } from '../../../node/servers/redact.ts';

describe('delays of restarts', () => {
  const timing = { firstDelay: 250, maxDelay: 30_000 };

  it('do not grow beyond the longest, nor start later than the first', () => {
    const delays = [0, 1, 2, 3, 7, 8, 100, 5_000].map((failures) => restartDelay(failures, timing, 0));
    expect(delays).to.deep.equal([250, 500, 1_000, 2_000, 30_000, 30_000, 30_000, 30_000]);
  });

  it('do not make all servers start at the same moment', () => {
    expect(restartDelay(1, timing, 1)).to.equal(375);
    expect(restartDelay(1, timing)).to.be.within(375, 500);
  });
});

describe('the environment of a child', () => {
  const install = { pythonIndexUrl: 'https://pypi.example/simple', npmRegistry: 'https://npm.example' };

  it('does not name a registry to commands that have none, nor miss those that have', () => {
    for (const command of ['uvx', '/usr/bin/uv', 'python']) {
      expect(childEnvironment({ command }, install, {})).to.deep.equal({ UV_DEFAULT_INDEX: install.pythonIndexUrl });
    }
    for (const command of ['npm', 'npx', 'npx.cmd', 'pnpm', 'yarn', '/opt/node']) {
      expect(childEnvironment({ command }, install, {})).to.deep.include({ npm_config_registry: install.npmRegistry });
    }
    expect(childEnvironment({ command: 'sh' }, install, {})).to.deep.equal({});
  });

  it('does not overrule the entry', () => {
    const config = { command: 'npx', env: { npm_config_registry: 'mine', A: 'own' } };
    expect(childEnvironment(config, install, { A: 'inherited', MCPHUB_CLUSTER_TOKEN: 't', B: 'b' })).to.deep.equal({
      npm_config_registry: 'mine',
      npm_config_fetch_retries: '0',
      A: 'own',
      B: 'b',
    });
    const patient = { command: 'npx', env: { npm_config_fetch_retries: '5' } };
    expect(childEnvironment(patient, install, {})).to.include({ npm_config_fetch_retries: '5' });
  });
});

describe('the redactor', () => {
  it('does not show secrets of the entry, nor hide what is none', () => {
    const redact = createRedactor({
      env: { API_TOKEN: 'abcdef123', HOME: '/home/me', PASSWORD: 'x' },
      headers: { Authorization: 'Bearer secret-token' },
    });
    expect(redact('abcdef123 in /home/me: secret-token x')).to.equal('*** in /home/me: *** x');
  });
});
