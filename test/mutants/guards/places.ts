import type { Mutant } from '../mutant.ts';

const claims = ['test/router/claims.test.ts'];
const place = ['test/router/place.test.ts'];
const placement = ['test/router/placement.test.ts'];
const registry = ['test/router/registry.test.ts'];
const coordinators = ['test/cluster/coordinators.test.ts'];

/** Which node a coordinator chooses, and whose session is where. */
export const PLACES: readonly Mutant[] = [
  {
    guard: 'a tool that a group renames is not taken for one that may be repeated',
    file: 'router/nodes/retryable-tools.ts',
    find: 'const tools = renames(server) ? [] : (',
    put: 'const tools = (',
    tests: ['test/router/retryable-tools.test.ts'],
  },
  {
    guard: 'an alias counts as a renaming',
    file: 'router/nodes/retryable-tools.ts',
    find: 'return alias !== undefined || (',
    put: 'return (',
    tests: ['test/router/retryable-tools.test.ts'],
  },
  {
    guard: 'a bare name means a tool on the route of its server alone',
    file: 'router/nodes/retryable-tools.ts',
    find: "if (kind === 'server' && tools.includes(name)) return true;",
    put: 'if (tools.includes(name)) return true;',
    tests: ['test/router/retryable-tools.test.ts'],
  },
  {
    guard: 'the load of a node stays within 1.25 times the mean',
    file: 'router/nodes/rendezvous.ts',
    find: 'members.filter((member) => load(member) + 1 <= limit)',
    put: 'members',
    tests: placement,
  },
  {
    guard: 'placement bounds the load',
    file: 'router/nodes/place.ts',
    find: "return heaviestBounded(candidates, randomBytes(8).toString('base64url'), load);",
    put: "return heaviest(candidates, randomBytes(8).toString('base64url'));",
    tests: placement,
  },
  {
    guard: 'what a node reports of its sessions counts',
    file: 'router/nodes/placement.ts',
    find: '(metadata?.sessions ?? affinities.countOf(tag)) + placed',
    put: 'placed',
    tests: placement,
  },
  {
    guard: 'a node that is draining gets no session, whoever names it',
    file: 'router/nodes/place.ts',
    find: 'candidates.find(({ id }) => id === request.hint)',
    put: '[...nodes].find(({ id }) => id === request.hint)',
    tests: placement,
  },
  {
    guard: 'a node that drains gets no new session',
    file: 'router/nodes/node-entry.ts',
    find: ' && !node.draining && isReachable(node)',
    put: ' && isReachable(node)',
    tests: place,
  },
  {
    guard: 'a node that is suspect gets no new session',
    file: 'router/nodes/node-entry.ts',
    find: 'return !node.gone && !node.suspect;',
    put: 'return !node.gone;',
    tests: place,
  },
  {
    guard: 'a session is not adopted by a node of the original branch',
    file: 'router/nodes/placement.ts',
    find: 'nodesThatKnow(context, target, asked).filter(({ ours }) => ours)',
    put: 'nodesThatKnow(context, target, asked)',
    tests: ['test/router/locate.test.ts'],
  },
  {
    guard: 'a group that only some nodes know goes to those',
    file: 'router/nodes/placement.ts',
    find: 'nodes.filter(({ ours, metadata }) => !ours || metadata?.groups?.some(has) === true)',
    put: 'nodes',
    tests: [...placement, 'test/cluster/targets.test.ts'],
  },
  {
    guard: 'a second process with the id of a node does not take its place',
    file: 'router/nodes/registry.ts',
    find: '    if (isRival(known, payload)) {',
    put: '    if (false) {',
    tests: ['test/router/heartbeat-faults.test.ts'],
  },
  {
    guard: 'a node that is draining stays so when it registers as a rival',
    file: 'router/nodes/registry.ts',
    find: 'known !== undefined && !isRival(known, payload)',
    put: 'known !== undefined',
    tests: registry,
  },
  {
    guard: 'a coordinator that was stopped itself does not judge by the silence of that time',
    file: 'router/nodes/registry.ts',
    find: 'if (performance.now() - due < delay) this.sweep();',
    put: 'this.sweep();',
    tests: registry,
  },
  {
    guard: 'of two claims the later one holds',
    file: 'router/sessions/claims.ts',
    find: 'if (outranks(held, this.#held.get(claim.key))) this.#hold(held);',
    put: 'if (true) this.#hold(held);',
    tests: claims,
  },
  {
    guard: 'equal claims are decided alike by all',
    file: 'router/sessions/claims.ts',
    find: '(claim.epoch === other.epoch && claim.holder < other.holder)',
    put: 'claim.epoch === other.epoch',
    tests: claims,
  },
  {
    guard: 'only the holder withdraws a claim',
    file: 'router/sessions/claims.ts',
    find: 'if (this.#held.get(key)?.holder === node.tag) this.delete(key);',
    put: 'this.delete(key);',
    tests: claims,
  },
  {
    guard: 'a session that has ended is found nowhere',
    file: 'router/sessions/locate.ts',
    find: 'return graves.has(key) || Date.now() - bornAt > maxSessionAge;',
    put: 'return Date.now() - bornAt > maxSessionAge;',
    tests: ['test/cluster/adoption.test.ts', 'test/cluster/graves.test.ts'],
  },
  {
    guard: 'a session that is too old is found nowhere',
    file: 'router/sessions/locate.ts',
    find: 'return graves.has(key) || Date.now() - bornAt > maxSessionAge;',
    put: 'return graves.has(key);',
    tests: ['test/router/locate.test.ts'],
  },
  {
    guard: 'a claim outranks the home that the id names',
    file: 'router/sessions/locate.ts',
    find: 'const holder = registry.byTag(claim?.holder ?? tag);',
    put: 'const holder = registry.byTag(tag);',
    tests: ['test/router/locate.test.ts'],
  },
  {
    guard: 'a session that a third node may hold is adopted by nobody',
    file: 'router/sessions/locate.ts',
    find: "  if (mayBeHeldElsewhere(context, session)) return 'absent';\n",
    put: '',
    tests: coordinators,
  },
  {
    guard: 'a session whose home may still appear is not given away',
    file: 'router/sessions/locate.ts',
    find: 'if (holder === undefined && mayHaveMade(session)',
    put: 'if (holder === undefined && false && mayHaveMade(session)',
    tests: ['test/router/locate.test.ts'],
  },
];
