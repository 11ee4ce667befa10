import type { Mutant } from '../mutant.ts';

const modern = ['test/node/modern.test.ts'];
const own = ['test/node/own-process.test.ts'];
const drain = ['test/cluster/drain.test.ts', 'test/cluster/drain-kept.test.ts'];
const clients = ['test/node/clients.test.ts', 'test/node/http-errors.test.ts'];
const membership = ['test/node/membership.test.ts'];
const isolation = ['test/node/isolation.test.ts'];
const limits = ['test/node/limits.test.ts'];

/** The node: who is let in, whose is what, and how much of it. */
export const NODE: readonly Mutant[] = [
  {
    guard: 'the MCP endpoints of a node are for members',
    file: 'node/http/endpoint.ts',
    find: `  if (!admitted(request, options.clusterTokens()))
    return`,
    put: `  if (false)
    return`,
    tests: ['test/cluster/bad-input.test.ts', 'test/cluster/membership.test.ts', ...clients],
  },
  {
    guard: 'a trunk is opened for members',
    file: 'node/http/endpoint.ts',
    find: 'portProblem(hub, options, request) === undefined && admitted(request, options.clusterTokens())',
    put: 'portProblem(hub, options, request) === undefined',
    tests: ['test/cluster/trunk.test.ts', 'test/router/trunk.test.ts'],
  },
  {
    guard: 'a session is found at its own target',
    file: 'node/sessions/sessions.ts',
    find: ' || (target !== undefined && session.target !== target)',
    put: '',
    tests: [...clients, 'test/cluster/targets.test.ts'],
  },
  {
    guard: 'a session that was ended is not re-created',
    file: 'node/sessions/revive.ts',
    find: 'sessions.graves.has(sessionKey(id)) || ',
    put: '',
    tests: ['test/node/ended.test.ts'],
  },
  {
    guard: 'a session whose server must not go on without its state is not re-created',
    file: 'node/sessions/revive.ts',
    find: "if (mustReset(hub, target)) throw new NodeError('MCPHUB_SESSION_NOT_FOUND');\n",
    put: '',
    tests: drain,
  },
  {
    guard: 'a session is re-created once by requests that come together',
    file: 'node/sessions/revive.ts',
    find: '  if (present !== undefined) return present;\n',
    put: '',
    tests: ['test/cluster/adoption.test.ts', 'test/cluster/survival.test.ts'],
  },
  {
    guard: 'a session is not moved while a server waits for an answer of its client',
    file: 'node/http/find-session.ts',
    find: ' || session.asking',
    put: '',
    tests: drain,
  },
  {
    guard: 'a session that could not go on elsewhere is not moved',
    file: 'node/http/find-session.ts',
    find: ' || mustReset(hub, session.target)',
    put: '',
    tests: drain,
  },
  {
    guard: 'a node that drains adopts no session',
    file: 'node/http/find-session.ts',
    find: "  if (hub.draining) throw new NodeError('MCPHUB_DRAINING');\n",
    put: '',
    tests: [...drain, 'test/cluster/survival.test.ts'],
  },
  {
    guard: 'a session is not created where only one that is there was asked for',
    file: 'node/http/find-session.ts',
    find: "  if (request.headers[ONLY_IF_HELD] !== undefined) throw new NodeError('MCPHUB_NOT_HELD');\n",
    put: '',
    tests: ['test/cluster/coordinators.test.ts'],
  },
  {
    guard: 'a session is re-created for its own principal and target',
    file: 'node/http/find-session.ts',
    find: '  if (note === undefined || !isBoundTo(wanted.id, { target: wanted.target, principal: note.principal }))',
    put: '  if (note === undefined)',
    tests: ['test/node/whose.test.ts'],
  },
  {
    guard: 'a session that is listened to does not expire',
    file: 'node/sessions/sessions.ts',
    find: 'if (session.attached) session.lastUsedAt = now;\n      else if',
    put: 'if',
    tests: own,
  },
  {
    guard: 'a session is initialized once',
    file: 'node/http/streamable.ts',
    find: "  if (requests.some(({ method }) => method === 'initialize')) throw new NodeError('MCPHUB_ALREADY_INITIALIZED');\n",
    put: '',
    tests: clients,
  },
  {
    guard: 'a call does not go on in silence when its node drains',
    file: 'node/sessions/sessions.ts',
    find: 'else if (session.calls.size === 0) this.close(session,',
    put: 'else if (true) this.close(session,',
    tests: ['test/cluster/sse-ends.test.ts'],
  },
  {
    guard: 'a state id ties the requests of one principal together, and nobody else’s',
    file: 'node/bridge/lanes.ts',
    find: 'const key = JSON.stringify([owner.principal, owner.target, owner.stateId]);',
    put: 'const key = JSON.stringify([owner.target, owner.stateId]);',
    tests: ['test/node/lanes.test.ts'],
  },
  {
    guard: 'a held call goes on for its own principal',
    file: 'node/bridge/lanes.ts',
    find: '      held.principal !== call.caller.principal ||\n',
    put: '',
    tests: ['test/node/lanes.test.ts'],
  },
  {
    guard: 'a server of older revisions has one modern call at a time, so that its questions reach the right client',
    file: 'node/bridge/lanes.ts',
    find: 'lane.owner?.stateId === undefined && lane.calls.size === 0',
    put: 'lane.owner?.stateId === undefined',
    tests: ['test/node/lanes.test.ts', ...modern],
  },
  {
    guard: 'answers of a client reach the call that asked, in its present round',
    file: 'node/bridge/held-call.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: text of a program
    find: 'return `${this.id}.${this.#round}`;',
    put: 'return this.id;',
    tests: modern,
  },
  {
    guard: 'headers of a modern request say the same as its body',
    file: 'node/http/modern-checks.ts',
    find: '  if (name !== undefined) checkName(headers, name);\n',
    put: '',
    tests: modern,
  },
  {
    guard: 'the method in the header of a modern request is that of its body',
    file: 'node/http/modern-checks.ts',
    find: '  checkHeader(headers, MCP_METHOD, ',
    put: '  if (false) checkHeader(headers, MCP_METHOD, ',
    tests: modern,
  },
  {
    guard: 'a modern request is part of no batch',
    file: 'node/http/modern-checks.ts',
    find: "    if (claims) throw new NodeError('MCPHUB_BAD_BATCH', { reason: 'requests of 2026-07-28 cannot be part of a batch' });\n",
    put: '',
    tests: [...modern, ...clients],
  },
  {
    guard: 'a call that was answered says nothing more',
    file: 'node/sessions/call.ts',
    find: '    if (this.#done) return;\n    this.#outlet.push(',
    put: '    this.#outlet.push(',
    tests: [...isolation, 'test/node/progress.test.ts'],
  },
  {
    guard: 'a call is answered once',
    file: 'node/sessions/call.ts',
    find: `    if (this.#done) return;
    this.#done = true;
    this.#outlet.answer(answer);`,
    put: `    this.#done = true;
    this.#outlet.answer(answer);`,
    tests: [...isolation, 'test/node/reply.test.ts', 'test/node/stop.test.ts'],
  },
  {
    guard: 'an id that is used twice does not lose the newer call',
    file: 'node/sessions/sessions.ts',
    find: 'if (caller.calls.get(idKey(id)) === call) caller.calls.delete(idKey(id));',
    put: 'caller.calls.delete(idKey(id));',
    tests: [...clients, ...isolation],
  },
  {
    guard: 'a session has a bounded number of calls',
    file: 'node/sessions/limits.ts',
    find: '  if (pending + more <= limit) return;',
    put: '  if (true) return;',
    tests: limits,
  },
  {
    guard: 'processes of a node have a bound',
    file: 'node/servers/process-slots.ts',
    find: '      if (this.#running >= this.#limits().processesPerNode) return;\n',
    put: '',
    tests: ['test/node/servers/process-slots.test.ts', 'test/node/process-limit.test.ts'],
  },
  {
    guard: 'one principal does not take all processes of a node',
    file: 'node/servers/process-slots.ts',
    find: "if (waiter.account === '' || this.#of(waiter.account) < this.#share()) waiter.grant();",
    put: 'waiter.grant();',
    tests: ['test/node/servers/process-slots.test.ts'],
  },
  {
    guard: 'a session that is in use does not give way',
    file: 'node/sessions/use-order.ts',
    find: 'if (!isInUse(session)) return session;',
    put: 'if (true) return session;',
    tests: ['test/node/abandoned.test.ts'],
  },
  {
    guard: 'the port of a node checks Host and Origin',
    file: 'node/http/endpoint.ts',
    find: 'portProblem(hub, options, request) === undefined && admitted(request, options.clusterTokens())',
    put: 'admitted(request, options.clusterTokens())',
    tests: ['test/node/own-port.test.ts'],
  },
  {
    guard: 'a place for a process is given back once',
    file: 'node/servers/process-slots.ts',
    find: '      if (released) return;\n',
    put: '',
    tests: ['test/node/servers/process-slots.test.ts'],
  },
  {
    guard: 'a log line that was written during calls of several sessions is given to none of them',
    file: 'node/shared-events.ts',
    find: 'if (concerned.size > 1) {',
    put: 'if (false) {',
    tests: ['test/node/logging.test.ts'],
  },
  {
    guard: 'a listener hears what it asked for, and nothing else',
    file: 'node/modern/listener.ts',
    find: '    if (!wanted) return;\n',
    put: '',
    tests: [...modern, 'test/node/listen.test.ts'],
  },
  {
    guard: 'nothing comes on a stream before what it will tell is acknowledged',
    file: 'node/modern/listener.ts',
    find: 'if (this.#early === undefined) this.#push(message);',
    put: 'if (true) this.#push(message);',
    tests: [...modern, 'test/node/listen.test.ts'],
  },
  {
    guard: 'a task is asked for at a server that the target shows',
    file: 'node/modern/tasks.ts',
    find: 'hub.view(call.caller).servers.find(({ hosted }) => hosted.name === task?.server)',
    put: 'hub.findView("")?.servers.find(({ hosted }) => hosted.name === task?.server)',
    tests: ['test/cluster/tasks.test.ts', ...modern],
  },
  {
    guard: 'a node whose coordinator forgot it registers anew, and tells all that it holds',
    file: 'node/membership/seat.ts',
    find: "    if (data.resync !== true) return 'ok';",
    put: "    return 'ok';",
    tests: [...membership, 'test/cluster/coordinators.test.ts'],
  },
  {
    guard: 'a heartbeat that is under way is followed by one with what has changed since',
    file: 'node/membership/membership.ts',
    find: '      rhythm.again = true;\n      return rhythm.beating;',
    put: '      return rhythm.beating;',
    tests: membership,
  },
  {
    guard: 'a node says goodbye when it ends',
    file: 'node/membership/membership.ts',
    find: '        await seat.beat(() => true);\n',
    put: '',
    tests: [...membership, 'test/cluster/membership.test.ts'],
  },
  {
    guard: 'changes that coordinators have yet to hear of are not told as if nothing had come before',
    file: 'node/sessions/adopted.ts',
    find: 'cursor === undefined || cursor < this.#first',
    put: 'cursor === undefined',
    tests: ['test/node/adopted.test.ts'],
  },
];
