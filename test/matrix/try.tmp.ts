import { MatrixCluster, SERVERS, ROUTES } from '/work/main/test/matrix/matrix-cluster.ts';
import { runCells } from '/work/main/test/matrix/cells.ts';
import * as v1 from '/work/main/test/matrix/clients/sdk-v1.ts';
import * as v2 from '/work/main/test/matrix/clients/sdk-v2.ts';
import * as rem from '/work/main/test/matrix/clients/mcp-remote.ts';
import * as insp from '/work/main/test/matrix/clients/inspector.ts';
const all: any = { ...v1, ...v2, ...rem, ...insp };
const t0 = Date.now();
const cluster = await MatrixCluster.start();
console.log('started', Date.now() - t0);
const [drivers, servers, routes] = process.argv.slice(2);
for (const d of drivers!.split(','))
  for (const s of SERVERS) { if (servers && !servers.split(',').includes(s.name)) continue;
    for (const r of ROUTES) { if (routes && r.title !== routes) continue;
    const t = Date.now();
    const c = await runCells(all[d], cluster.url, s, r);
    console.log(d, s.name, r.title, Date.now() - t, Object.entries(c).filter(([, v]) => v !== 'pass').map(([k, v]) => k + ': ' + v));
  } }
await cluster.stop();
process.exit(0);
