import type { Mutant } from '../mutant.ts';

const hostile = ['test/router/hostile-members.test.ts'];
const proxies = ['test/router/proxies.test.ts'];

/** What comes in from others, wherever it comes in. */
export const INPUT: readonly Mutant[] = [
  {
    guard: 'an origin is compared as a whole, not by its beginning',
    file: 'mcp/host-and-origin.ts',
    find: String.raw`(:\d+)?$/.exec(origin)`,
    put: '/.exec(origin)',
    tests: ['test/router/edge.test.ts', 'test/node/own-port.test.ts'],
  },
  {
    guard: 'JSON is nested to a bound',
    file: 'mcp/json-scan.ts',
    find: 'if (depth > MAX_JSON_DEPTH || values + unusual.length > maxValues)',
    put: 'if (values + unusual.length > maxValues)',
    tests: ['test/mcp/json.test.ts'],
  },
  {
    guard: 'JSON has a bounded number of values',
    file: 'mcp/json-scan.ts',
    find: 'if (depth > MAX_JSON_DEPTH || values + unusual.length > maxValues)',
    put: 'if (depth > MAX_JSON_DEPTH)',
    tests: ['test/mcp/json.test.ts'],
  },
  {
    guard: 'the status of a node’s answer is one of HTTP',
    file: 'router/wire/fields.ts',
    find: "  if (!isStatus(status)) throw new Error('the status of its answer is none');\n",
    put: '',
    tests: hostile,
  },
  {
    guard: 'a header of a node’s answer is one of HTTP',
    file: 'router/wire/fields.ts',
    find: "name === undefined || typeof text !== 'string' || !isFieldValue(text)",
    put: 'name === undefined',
    tests: hostile,
  },
  {
    guard: 'what anybody writes as a proxy does not count',
    file: 'router/edge/proxies.ts',
    find: ' || !isTrusted(ranges, sender))',
    put: ')',
    tests: proxies,
  },
  {
    guard: 'of two ways in which a proxy tells, what they agree on counts',
    file: 'router/edge/proxies.ts',
    find: '? agreed(first, second)',
    put: '? first',
    tests: proxies,
  },
  {
    guard: 'a hidden resource is hidden for all that a server may take its URI for',
    file: 'node/catalog/resource-policy.ts',
    find: 'const found = meanings.map(find);',
    put: 'const found = meanings.slice(0, 1).map(find);',
    tests: ['test/node/hidden-resources.test.ts'],
  },
  {
    guard: 'a server whose restriction cannot be kept is not served',
    file: 'settings/restrictions.ts',
    find: "if (visibility !== null && visibility !== 'public') {",
    put: 'if (false) {',
    tests: ['test/settings/restrictions.test.ts'],
  },
  {
    guard: 'a task or state is of use to its own principal at its own target',
    file: 'node/bridge/pins.ts',
    find: "['pin', kind, principal, target, server, written]",
    put: "['pin', kind, server, written]",
    tests: ['test/node/whose.test.ts'],
  },
  {
    guard: 'a state that no node gave out is not believed',
    file: 'node/bridge/pins.ts',
    find: '    if (!isOurs) return undefined;\n',
    put: '',
    tests: ['test/node/whose.test.ts'],
  },
  {
    guard: 'modern requests that nothing ties together do not share a process',
    file: 'node/modern/tied.ts',
    find: '      if (!host.needsState) continue;\n',
    put: '      if (true) continue;\n',
    tests: ['test/node/tied.test.ts'],
  },
  {
    guard: 'a session that is held is found by its own principal',
    file: 'node/http/find-session.ts',
    find: ' || !isOf(session, note)',
    put: '',
    tests: ['test/node/whose.test.ts'],
  },
  {
    guard: 'a client that is gone does not keep its streams',
    file: 'node/sessions/ping.ts',
    find: 'if (unanswered < MAX_UNANSWERED) return',
    put: 'if (true) return',
    tests: ['test/node/vanished.test.ts'],
  },
  {
    guard: 'a client that has yet to say that it is initialized is not pinged',
    file: 'node/sessions/ping.ts',
    find: 'session.streams > 0 && session.initialized',
    put: 'session.streams > 0',
    tests: ['test/node/vanished.test.ts'],
  },
  {
    guard: 'what the envelope of one revision says does not go on into another',
    file: 'node/servers/connection.ts',
    find: "if (this.era === 'legacy') return withoutEnvelope(params);",
    put: "if (this.era === 'legacy') return params;",
    tests: ['test/node/hops.test.ts'],
  },
];
