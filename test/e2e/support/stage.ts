import { Hub } from './hub.ts';
import { Load } from './load.ts';
import { clusterWithOperator } from './one-cluster.ts';
import { needsPods } from './requirements.ts';

/** What a suite plays on: a hub of its own, and clients at work on it. */
export interface Stage {
  readonly hub: Hub;
  /** Starts clients, which end with the test. */
  work(clients: number): Promise<Load>;
}

/**
 * To be called in a `describe`: its tests get a hub with this name, which is deleted after them.
 * @param spec over that of the example
 */
export function stageOf(name: string, spec?: Record<string, object>): Stage {
  let hub: Hub | undefined;
  let load: Load | undefined;

  before(async function () {
    needsPods(this);
    const { kubectl } = await clusterWithOperator();
    hub = await Hub.create(kubectl, name, spec);
  });
  afterEach(async () => {
    await load?.stop();
    load = undefined;
  });
  after(() => hub?.delete());

  return {
    get hub() {
      if (hub === undefined) throw new Error('the hub is made before the first test, not earlier');
      return hub;
    },
    async work(clients) {
      load = await Load.start(this.hub.url, clients);
      return load;
    },
  };
}
