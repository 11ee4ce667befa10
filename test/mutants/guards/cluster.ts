import type { Mutant } from '../mutant.ts';

const ids = ['test/cluster/session-id.test.ts'];
const inner = ['test/cluster/inner-id.test.ts'];
const trunk = ['test/router/trunk.test.ts', 'test/cluster/trunk-frames.test.ts', 'test/router/trunk-faults.test.ts'];

/** What members say to each other, and the connection between them. */
export const CLUSTER: readonly Mutant[] = [
  {
    guard: 'a session id is bound to its target',
    file: 'cluster/session-id.ts',
    find: '[id.tag, id.inner, binding.target, binding.principal]',
    put: '[id.tag, id.inner, binding.principal]',
    tests: ids,
  },
  {
    guard: 'a session id is bound to its principal',
    file: 'cluster/session-id.ts',
    find: '[id.tag, id.inner, binding.target, binding.principal]',
    put: '[id.tag, id.inner, binding.target]',
    tests: ids,
  },
  {
    guard: 'the parts of a session id cannot be shifted against each other',
    file: 'cluster/session-id.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: text of a program
    find: 'hmac.update(`${part.length}:${part}`)',
    put: 'hmac.update(part)',
    tests: ids,
  },
  {
    guard: 'a session id that nobody signed is refused',
    file: 'cluster/session-id.ts',
    find: 'return valid ? id : undefined;',
    put: 'return id;',
    tests: ids,
  },
  {
    guard: 'all secrets in force may have signed',
    file: 'cluster/session-id.ts',
    find: 'secrets.some((secret)',
    put: 'secrets.slice(0, 1).some((secret)',
    tests: ids,
  },
  {
    guard: 'an inner id of another version is not read',
    file: 'cluster/inner-id.ts',
    find: 'bytes[0] !== VERSION || ',
    put: '',
    tests: inner,
  },
  {
    guard: 'a client that takes URLs but no forms is not asked by forms after its session moved',
    file: 'cluster/inner-id.ts',
    find: '  if (elicitation?.url && !elicitation.form) bits |= BIT.elicitationUrlOnly;\n',
    put: '',
    tests: inner,
  },
  {
    guard: 'ended sessions are remembered up to a bound',
    file: 'cluster/graves.ts',
    find: '    if (this.#keys.size > this.#limit) this.#forgetOldest();\n',
    put: '',
    tests: ['test/cluster/graves.test.ts'],
  },
  {
    guard: 'the oldest graves are the ones that are forgotten',
    file: 'cluster/graves.ts',
    find: 'this.#order = this.#order.slice(count);\n    this.#first += count;',
    put: 'this.#order = this.#order.slice(count);',
    tests: ['test/cluster/graves.test.ts'],
  },
  {
    guard: 'the adoption that comes later has the larger epoch',
    file: 'cluster/claim.ts',
    find: 'Math.max(known + 1, now)',
    put: 'now',
    tests: ['test/router/claims.test.ts', 'test/cluster/session-note.test.ts'],
  },
  {
    guard: 'a secret is compared as a whole',
    file: 'cluster/token.ts',
    find: 'into[0] = fits ? length : 0;',
    put: 'into[0] = 0;',
    tests: ['test/cluster/token.test.ts'],
  },
  {
    guard: 'a secret that is missing matches none',
    file: 'cluster/token.ts',
    find: 'if (presented === undefined) return false;',
    put: 'if (presented === undefined) return true;',
    tests: ['test/cluster/token.test.ts'],
  },
  {
    guard: 'a long secret is compared beyond its beginning',
    file: 'cluster/token.ts',
    find: "else hash('sha256', secret, 'buffer').copy(into, 1);",
    put: 'else into.write(secret.slice(0, 100), 1);',
    tests: ['test/cluster/token.test.ts'],
  },
  {
    guard: 'a frame of a trunk has a bound',
    file: 'cluster/trunk/frames.ts',
    find: '|| bodyLength > MAX_FRAME_BODY',
    put: '',
    tests: trunk,
  },
  {
    guard: 'the head of a frame has a bound',
    file: 'cluster/trunk/frames.ts',
    find: '|| headLength > MAX_FRAME_HEAD ',
    put: '',
    tests: trunk,
  },
  {
    guard: 'a request on a trunk has a number of its own',
    file: 'node/trunk/trunk.ts',
    find: "if (this.#open.has(id)) throw new Error('a request on the trunk has the number of another one');\n",
    put: '',
    tests: ['test/node/trunk-numbers.test.ts'],
  },
  {
    guard: 'a slow client does not fill the memory of the coordinator through a trunk',
    file: 'router/wire/trunk.ts',
    find: 'this.over || this.#paused || this.#passed < WINDOW / 2',
    put: 'this.over',
    tests: [...trunk, 'test/router/streams.test.ts'],
  },
  {
    guard: 'a trunk that is dead is noticed',
    file: 'router/wire/trunk.ts',
    find: 'if (this.#pings >= PINGS_IN_VAIN) return',
    put: 'if (false) return',
    tests: trunk,
  },
  {
    guard: 'two requests on a trunk never have the same number',
    file: 'router/wire/trunk.ts',
    find: 'while (this.#flights.has(this.#lastId));',
    put: 'while (false);',
    tests: trunk,
    argued: 'numbers come back after four thousand million requests on one connection',
  },
  {
    guard: 'a trunk that is leaving takes no more requests',
    file: 'router/wire/trunk.ts',
    find: 'return !this.#leaving && !this.#socket.destroyed',
    put: 'return !this.#socket.destroyed',
    tests: trunk,
  },
];
