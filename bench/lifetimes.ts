import { pino } from 'pino';
import { Graves } from '../cluster/graves.ts';
import { mintInnerId } from '../cluster/inner-id.ts';
import { nodeTag } from '../cluster/tag.ts';
import type { Session } from '../node/sessions/session.ts';
import { Sessions } from '../node/sessions/sessions.ts';
import { createEntry } from '../router/nodes/node-entry.ts';
import { type Affinity, createAffinities } from '../router/sessions/affinities.ts';
import { Claims } from '../router/sessions/claims.ts';
import { endSession, forgetSession } from '../router/sessions/end.ts';
import { createPostedRequests } from '../router/sessions/posted.ts';
import { createSessionIds } from '../router/sessions/session-ids.ts';
import { DEFAULTS } from '../settings/defaults.ts';

/**
 * Lives of sessions in the tables of a coordinator and of a node, without connections: each is opened at a node that is lost, is taken
 * over by another one, and is ended by its client, or with its HTTP+SSE stream, or left. Writes one line of JSON with the heap in bytes
 * after each STEP sessions. Run with `--expose-gc`; arguments: sessions, step.
 */
const [sessionCount = 0, step = 1] = process.argv.slice(2).map(Number);
const PRINCIPAL = { id: 'key:1', hash: 'hash', secrets: ['a secret of the bench'], all: true, allows: () => true };
/** Sessions that a home has opened when it is lost; the next one has another id. */
const PER_HOME = 8_192;

const log = pino({ level: 'silent' });
const affinities = createAffinities(log);
const coordinator = {
  affinities,
  ids: createSessionIds(affinities),
  claims: new Claims(),
  graves: new Graves(),
  posted: createPostedRequests(),
};
const adopter = createEntry({ id: 'adopter', servers: [] }, 'http://adopter:1');
const held = new Sessions(1_000);
let cursor: number | undefined;
let buried = 0;

function take(affinity: Affinity): Session {
  const { claims } = coordinator;
  const { inner, tag, target, key = '' } = affinity;
  claims.place({ key, tag }, adopter);
  const oldest =
    held.size < DEFAULTS.sessionsPerNode ? undefined : held.order.oldestUnused(({ calls }) => calls.size > 0);
  if (oldest !== undefined) held.close(oldest, 'it gives way');
  const epoch = claims.of(key)?.epoch ?? 1;
  const owner = { principal: PRINCIPAL.hash, account: `key ${PRINCIPAL.hash}`, revivable: true };
  return held.open({ id: inner, target, transport: 'streamable-http', tag, epoch, ...owner });
}

function end(affinity: Affinity, session: Session, how: number): void {
  const { posted, graves } = coordinator;
  if (how === 0) {
    held.bury(session, 'the client ended the session');
    if (affinity.key !== undefined) graves.add(affinity.key);
    forgetSession(coordinator, affinity);
  } else if (how === 1) {
    posted.open(affinity.id);
    posted.note(affinity.id, [1, 2]);
    held.close(session, 'the client closed its stream');
    endSession(coordinator, affinity);
  }
}

/** What the node tells with a heartbeat. */
function beat(): void {
  const adopted = held.adopted.report(cursor);
  const graves = held.graves.since(buried, 10_000);
  if (adopted.report !== undefined) coordinator.claims.report(adopter, adopted.report);
  for (const key of graves.keys) coordinator.graves.add(key);
  [cursor, buried] = [adopted.cursor, graves.cursor];
}

for (let n = 1; n <= sessionCount; n++) {
  const facts = { revision: '2025-11-25', capabilities: {}, createdAt: Date.now() } as const;
  const inner = mintInnerId(facts, { principal: PRINCIPAL.hash, target: 'tools' });
  const affinity = coordinator.ids.seal(nodeTag(`home-${Math.floor(n / PER_HOME)}`), inner, 'tools', PRINCIPAL);
  end(affinity, take(affinity), n % 3);
  if (n % 16 === 0) beat();
  if (n % step !== 0) continue;
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ sessions: n, bytes: heapUsed + external })}\n`);
}
