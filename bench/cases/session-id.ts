import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { mintInnerId } from '../../cluster/inner-id.ts';
import { openSessionId, sealSessionId } from '../../cluster/session-id.ts';
import { nodeTag } from '../../cluster/tag.ts';
import { createAffinities } from '../../router/sessions/affinities.ts';
import { createSessionIds } from '../../router/sessions/session-ids.ts';
import { type Case, pace, type Row, rivals } from '../case.ts';
import { startCluster } from '../cluster.ts';
import type { Loader } from '../loader.ts';
import { startProcess } from '../process.ts';
import { inTurn, type Round } from '../rounds.ts';
import { median } from '../statistics.ts';

const SESSIONS = 10_000;
const CHECKS = 200_000;
const TARGET = 'echo';
/** As a coordinator has it that asks for keys. */
const PRINCIPAL = {
  id: 'key:1f0dE7hQk3mXw9Zb',
  hash: 'nQ2bJx0T4sVd8cYf',
  secrets: [randomBytes(18).toString('base64url')],
  all: true,
  allows: () => true,
};

const OWNER = { target: TARGET, principal: PRINCIPAL.hash };

function newIds(): string[] {
  const { id: principal, secrets } = PRINCIPAL;
  return Array.from({ length: SESSIONS }, (_, index) => {
    const inner = mintInnerId({ revision: '2025-06-18', capabilities: { sampling: {} }, createdAt: Date.now() }, OWNER);
    return sealSessionId({ tag: nodeTag(`node-${index % 10}`), inner }, { target: TARGET, principal }, secrets);
  });
}

/** Microseconds of CPU that a check takes; the middle of several runs, the first of which only warms up. */
function cost(ids: readonly string[], check: (id: string) => unknown, runs: number): number[] {
  const results: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const before = process.cpuUsage();
    for (let n = 0; n < CHECKS; n++) {
      if (check(ids[n % ids.length] as string) === undefined) throw new Error('an id that was just made is not valid');
    }
    const { user, system } = process.cpuUsage(before);
    if (run > 0) results.push((user + system) / CHECKS);
  }
  return results;
}

async function route(loader: Loader, quick: boolean): Promise<Round[]> {
  const echo = await startProcess({ name: 'echo', args: [rivals('echo-http.ts')] });
  const cluster = await startCluster();
  try {
    const { url, pid } = cluster.coordinator;
    await cluster.register({ id: 'echo-node', url: echo.url, servers: [TARGET] });
    const contender = { name: 'coordinator', url: `${url}/mcp/${TARGET}`, pids: [pid] };
    const [rounds = []] = await inTurn(loader, [contender], pace(quick));
    return rounds;
  } finally {
    await cluster.stop();
    await echo.stop();
  }
}

/** The check of a session id, alone, beside a whole routed request, in which it is made once per session and coordinator. */
export const sessionId: Case = {
  name: 'session-id',
  async run(loader, quick) {
    const ids = newIds();
    const binding = { target: TARGET, principal: PRINCIPAL.id };
    const known = createSessionIds(createAffinities(pino({ level: 'silent' })));
    const runs = quick ? 3 : 7;
    const verified = cost(ids, (id) => openSessionId(id, binding, PRINCIPAL.secrets), runs);
    const lookedUp = cost(ids, (id) => known.open(id, TARGET, PRINCIPAL), runs);
    const routed = await route(loader, quick);
    const request = median(routed.map(({ cpu }) => cpu));
    return {
      rows: [
        row('if each request verifies it (HMAC-SHA256)', median(verified), request),
        row('as it is, with the table of sessions seen', median(lookedUp), request),
      ],
      raw: { verified, lookedUp, routed },
    };
  },
};

function row(how: string, check: number, request: number): Row {
  const share = (100 * check) / request;
  return {
    what: `check of a session id, of the coordinator's CPU per routed request, ${how}`,
    goal: 'under 10 %',
    measured: `${share.toFixed(1)} % (${check.toFixed(2)} us of ${request.toFixed(0)} us)`,
    met: share < 10,
  };
}
