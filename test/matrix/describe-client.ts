import { expect } from 'chai';
import { type Cells, impossible, runCells } from './cells.ts';
import { type Driver, FEATURES } from './clients/matrix-client.ts';
import { MatrixCluster, type MatrixServer, ROUTES, SERVERS } from './matrix-cluster.ts';

/** All files of the matrix use one cluster: the first starts it, the last ends it. */
let users = 0;
let cluster: Promise<MatrixCluster> | undefined;

async function stop(): Promise<void> {
  const running = cluster;
  cluster = undefined;
  await (await running)?.stop();
}

// With --grep the last file may not run.
after(stop);

function expected(driver: Driver, server: MatrixServer): Cells {
  const cannot = impossible(driver, server);
  return Object.fromEntries(
    FEATURES.map((feature) => [feature, cannot[feature] === undefined ? 'pass' : '-']),
  ) as Cells;
}

/** The tests of one client: every server on every route. */
export function describeClient(driver: Driver): void {
  users += 1;
  describe(`the matrix: ${driver.title}`, function () {
    this.timeout(60_000);

    before(async () => {
      cluster ??= MatrixCluster.start();
      await cluster;
    });
    after(async () => {
      users -= 1;
      if (users === 0) await stop();
    });

    for (const server of SERVERS) {
      for (const route of ROUTES) {
        it(`loses no feature of the server '${server.title}' (route: ${route.title})`, async () => {
          const { url } = (await cluster) as MatrixCluster;
          expect(await runCells(driver, url, server, route)).to.deep.equal(expected(driver, server));
        });
      }
    }
  });
}
