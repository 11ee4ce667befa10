import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { load } from 'js-yaml';
import type { McpHubCluster } from '../../operator/api/types.ts';
import { CONFIG_DEFAULTS, readOperatorConfig } from '../../operator/config.ts';
import { render } from '../../operator/render/render.ts';
import { admit } from '../operator/api/admission.ts';
import { ROOT, tableBelow } from './tables.ts';

describe('docs/kubernetes.md', () => {
  const rows = new Map(tableBelow('docs/kubernetes.md', 'The operator').map(([name = '', ...rest]) => [name, rest]));

  it('names every variable of the operator, and no other', () => {
    const read = new Set<string>();
    const env = new Proxy({}, { get: (_, name) => void read.add(String(name)) });
    readOperatorConfig(env, '0.0.0');
    expect([...rows.keys()].toSorted()).to.eql([...read].toSorted());
  });

  it('names the defaults that the code has', () => {
    const { reach, verify, leaderElection } = readOperatorConfig({}, '0.0.0');
    const defaults = {
      CLUSTER_DOMAIN: CONFIG_DEFAULTS.clusterDomain,
      MAX_CONCURRENT_RECONCILES: String(CONFIG_DEFAULTS.workers),
      LOG_LEVEL: CONFIG_DEFAULTS.logLevel,
      LEADER_ELECT: String(leaderElection),
      MCPHUB_OPERATOR_VERIFY: String(verify),
      MCPHUB_OPERATOR_COORDINATOR_URL: reach.coordinator,
      MCPHUB_OPERATOR_HUB_URL: reach.hub,
    };
    for (const [name, value] of Object.entries(defaults)) expect(rows.get(name)?.[0], name).to.equal(value);
  });
});

describe('a McpHubCluster in a document', () => {
  for (const page of ['README.md', 'docs/kubernetes-api.md']) {
    it(`does not show what an API server or the operator would refuse (${page})`, () => {
      const text = readFileSync(join(ROOT, page), 'utf8');
      const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => load(block));
      const clusters = blocks.filter((block) => (block as McpHubCluster).kind === 'McpHubCluster') as McpHubCluster[];
      expect(clusters.length).to.be.greaterThan(0);
      for (const cluster of clusters) {
        const { refusals, object } = admit({
          ...cluster,
          metadata: { ...cluster.metadata, namespace: 'default', uid: 'u' },
        });
        expect(refusals).to.eql([]);
        const { problems } = render({
          cluster: object,
          references: { secrets: {}, configMaps: {} },
          credentials: { tokens: ['t'], secrets: ['s'] },
          defaults: { coordinatorImage: 'c', nodeImage: 'n', clusterDomain: 'cluster.local' },
        });
        expect(problems).to.eql([]);
      }
    });
  }
});
