import { expect } from 'chai';
import { registerPayload } from '../../cluster/payload.ts';
import { applyEnvironment, listenHost, readEnvironment } from '../../settings/environment.ts';
import { SettingsError } from '../../settings/errors.ts';
import { parseSettings } from '../../settings/load.ts';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readEnvironment(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('settings/environment', () => {
  it('has defaults for what is unset or empty', () => {
    const unset = readEnvironment({});
    expect(unset).to.deep.include({
      port: 3000,
      basePath: '',
      logLevel: 'info',
      clusterTokens: [],
      coordinatorUrls: [],
    });
    expect(unset.metricsPort).to.equal(undefined);
    expect(readEnvironment({ PORT: '', HOST: ' ', MCPHUB_CLUSTER_MODE: '', MCPHUB_NODE_ID: '' })).to.deep.equal(unset);
  });

  it('reads every variable', () => {
    expect(
      readEnvironment({
        PORT: '0',
        HOST: '[::1]',
        BASE_PATH: 'hub/v1/',
        METRICS_PORT: '9465',
        LOG_LEVEL: 'DEBUG',
        INIT_TIMEOUT: '300000',
        MCPHUB_SETTING_PATH: '/etc/mcphub',
        MCPHUB_VARIABLES_PATH: '/etc/mcphub/variables.json',
        MCPHUB_CLUSTER_MODE: 'node',
        MCPHUB_CLUSTER_TOKEN: 'new, old',
        MCPHUB_CLUSTER_SECRET: 's1,s2',
        MCPHUB_NODE_ID: 'pod-0',
        MCPHUB_NODE_NAME: 'Pod 0',
        MCPHUB_NODE_URL: 'http://10.0.0.1:3000/',
        MCPHUB_COORDINATOR_URL: 'http://a:3000/hub/, http://b:3000',
      }),
    ).to.deep.equal({
      port: 0,
      startTimeout: 300_000,
      host: '::1',
      basePath: '/hub/v1',
      metricsPort: 9465,
      logLevel: 'debug',
      settingPath: '/etc/mcphub',
      variablesPath: '/etc/mcphub/variables.json',
      clusterMode: 'node',
      clusterTokens: ['new', 'old'],
      clusterSecrets: ['s1', 's2'],
      nodeId: 'pod-0',
      nodeName: 'Pod 0',
      nodeUrl: 'http://10.0.0.1:3000',
      coordinatorUrls: ['http://a:3000/hub', 'http://b:3000'],
    });
  });

  for (const [given, path] of [
    ['/', ''],
    ['//a//b//', '/a/b'],
    ['a', '/a'],
  ] as const) {
    it(`reads BASE_PATH ${given} as "${path}"`, () => {
      expect(readEnvironment({ BASE_PATH: given }).basePath).to.equal(path);
    });
  }

  it('names every wrong variable, its value unless that may be a secret, and what is right', () => {
    expect(
      problemsOf({
        PORT: '70000',
        METRICS_PORT: '80a',
        HOST: '127.0.0.1/8',
        BASE_PATH: '/a/../b',
        LOG_LEVEL: 'loud',
        MCPHUB_CLUSTER_MODE: 'worker',
        MCPHUB_NODE_ID: 'a b',
        MCPHUB_NODE_URL: 'node:3000',
        MCPHUB_COORDINATOR_URL: 'http://a,coordinator',
      }),
    ).to.deep.equal([
      'PORT: "70000" is not a port; write a number from 0 to 65535 (0 takes any free port)',
      'HOST: "127.0.0.1/8" is not an address to listen on; write one such as 127.0.0.1, :: or 0.0.0.0, without a port',
      'BASE_PATH: "/a/../b" is not a path; write one such as /mcphub (letters, digits, - . _ ~ between slashes)',
      'METRICS_PORT: "80a" is not a port; write a number from 0 to 65535 (0 takes any free port)',
      'LOG_LEVEL: "loud" is not known; write one of trace, debug, info, warn, error, fatal, silent',
      'MCPHUB_CLUSTER_MODE: "worker" is not known; write one of standalone, node, coordinator',
      'MCPHUB_NODE_ID: "a b" is not a node id; write 1 to 253 characters of A-Z a-z 0-9 . _ : @ -',
      'MCPHUB_NODE_URL: it is not an http or https URL; write one such as http://coordinator:3000',
      'MCPHUB_COORDINATOR_URL: it is not an http or https URL; write one such as http://coordinator:3000',
    ]);
  });

  it('does not print a password of a URL', () => {
    for (const url of ['http://me:hunter2@a', 'http://me:hunter2@a b', 'ftp://me:hunter2@a']) {
      const problems = problemsOf({ MCPHUB_COORDINATOR_URL: url }).join();
      expect(problems)
        .to.match(/MCPHUB_COORDINATOR_URL/)
        .and.not.match(/hunter2/);
    }
  });

  it('does not fail on what Kubernetes sets for a Service named "metrics"', () => {
    expect(readEnvironment({ METRICS_PORT: 'tcp://10.0.0.7:9464', PORT: 'tcp://10.0.0.8:80' })).to.include({
      metricsPort: undefined,
      port: 3000,
    });
  });

  it('takes the node ids that a coordinator takes, and no others', () => {
    for (const id of ['a', 'Pod_0.ns:1@x-y', 'x'.repeat(253), 'x'.repeat(254), 'ä', 'a;b', 'a,b', 'a b', 'a\tb']) {
      const accepted = registerPayload.safeParse({ id, name: 'n', url: 'http://a' }).success;
      expect(problemsOf({ MCPHUB_NODE_ID: id }).length === 0, id).to.equal(accepted);
    }
  });

  describe('applyEnvironment', () => {
    const settings = parseSettings({
      systemConfig: {
        cluster: {
          enabled: true,
          mode: 'coordinator',
          token: 't',
          node: { id: 'file', name: '', url: 'http://f/', coordinatorUrl: 'http://file:3000/', extra: 1 },
        },
      },
    });

    it('changes nothing but slashes at the end and empty texts when nothing is set', () => {
      const { cluster } = applyEnvironment(settings, readEnvironment({})).systemConfig;
      expect(cluster).to.deep.include({ enabled: true, mode: 'coordinator', token: ['t'], secret: [] });
      expect(cluster.node).to.deep.include({
        id: 'file',
        url: 'http://f',
        coordinatorUrl: ['http://file:3000'],
        extra: 1,
      });
      expect(cluster.node).not.to.have.property('name');
    });

    it('lets the environment win, and enables the cluster with MCPHUB_CLUSTER_MODE', () => {
      const environment = readEnvironment({
        MCPHUB_CLUSTER_MODE: 'node',
        MCPHUB_CLUSTER_TOKEN: 'e',
        MCPHUB_CLUSTER_SECRET: 's',
        MCPHUB_NODE_ID: 'env',
        MCPHUB_NODE_NAME: 'n',
        MCPHUB_NODE_URL: 'http://e',
        MCPHUB_COORDINATOR_URL: 'http://c1,http://c2',
      });
      const applied = applyEnvironment(parseSettings({}), environment);
      const { cluster } = applied.systemConfig;
      expect(cluster).to.deep.include({ enabled: true, mode: 'node', token: ['e'], secret: ['s'] });
      expect(cluster.node).to.deep.include({
        id: 'env',
        name: 'n',
        url: 'http://e',
        coordinatorUrl: ['http://c1', 'http://c2'],
      });
      expect(applyEnvironment(applied, environment)).to.deep.equal(applied);
    });
  });

  describe('listenHost', () => {
    const both = { lo: [{ family: 'IPv4' }, { family: 'IPv6' }] };

    it('does not open a hub that stands alone to the network, unless HOST says so', () => {
      expect(listenHost({ host: undefined }, 'standalone', both)).to.equal('127.0.0.1');
      expect(listenHost({ host: '0.0.0.0' }, 'standalone', both)).to.equal('0.0.0.0');
    });

    it('can be reached by the other members of a cluster, with and without IPv6', () => {
      expect(listenHost({ host: undefined }, 'node', both)).to.equal('::');
      expect(listenHost({ host: undefined }, 'coordinator', { lo: [{ family: 'IPv4' }] })).to.equal('0.0.0.0');
    });
  });
});
