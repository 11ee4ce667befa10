import { expect } from 'chai';
import { readOperatorConfig } from '../../operator/config.ts';
import { OperatorError } from '../../operator/errors.ts';

function problems(env: NodeJS.ProcessEnv): string {
  try {
    readOperatorConfig(env, '1.2.3');
  } catch (error) {
    expect(error).to.be.instanceOf(OperatorError);
    expect((error as OperatorError).code).to.equal('MCPHUB_OPERATOR_ENVIRONMENT');
    return (error as Error).message;
  }
  throw new Error('nothing was wrong');
}

describe('the configuration of the operator', () => {
  it('needs no variable, and takes images of its own version', () => {
    expect(readOperatorConfig({}, '1.2.3')).to.deep.include({
      namespaces: [],
      namespace: undefined,
      leaderElection: true,
      coordinatorImage: 'mcphub-coordinator:1.2.3',
      nodeImage: 'mcphub-node:1.2.3',
      clusterDomain: 'cluster.local',
      workers: 8,
      verify: true,
    });
  });

  it('is read from the variables that the chart sets; an empty one counts as unset', () => {
    const env = {
      WATCH_NAMESPACES: 'a, b,a',
      POD_NAMESPACE: 'system',
      POD_NAME: 'operator-0',
      LEADER_ELECT: 'False',
      RELATED_IMAGE_NODE: 'registry.example.com/node@sha256:abc',
      CLUSTER_DOMAIN: '',
      MAX_CONCURRENT_RECONCILES: '3',
      METRICS_PORT: '0',
      LOG_LEVEL: 'Debug',
    };
    expect(readOperatorConfig(env, '1.2.3')).to.deep.include({
      namespaces: ['a', 'b'],
      namespace: 'system',
      name: 'operator-0',
      leaderElection: false,
      nodeImage: 'registry.example.com/node@sha256:abc',
      clusterDomain: 'cluster.local',
      workers: 3,
      metricsPort: 0,
      logLevel: 'debug',
    });
  });

  it('names every variable that is wrong at once, and what would be right', () => {
    const message = problems({ WATCH_NAMESPACES: 'Team_A', LEADER_ELECT: 'yes', MAX_CONCURRENT_RECONCILES: '0' });
    expect(message).to.match(/WATCH_NAMESPACES: "Team_A" .*such as "default"/);
    expect(message).to.match(/LEADER_ELECT: "yes" .*true or false/);
    expect(message).to.match(/MAX_CONCURRENT_RECONCILES: "0" .*from 1 to 100/);
  });

  const wrong: [name: string, value: string, says: RegExp][] = [
    ['CLUSTER_DOMAIN', 'https://x', /such as cluster\.local/],
    ['LOG_LEVEL', 'loud', /one of trace, debug/],
    ['METRICS_PORT', '70000', /from 0 to 65535/],
    ['RELATED_IMAGE_COORDINATOR', 'a b', /not an image/],
    ['MCPHUB_OPERATOR_COORDINATOR_URL', 'http://{host}:1', /unknown field \{host\}.*\{ip\}/],
    ['MCPHUB_OPERATOR_HUB_URL', 'localhost:1', /not an address/],
  ];
  for (const [name, value, says] of wrong) {
    it(`refuses ${name}=${value}`, () => expect(problems({ [name]: value })).to.match(says));
  }
});
