import type { Mutant } from '../mutant.ts';

const reconciler = ['test/operator/reconcile/reconciler.test.ts'];
const guards = ['test/operator/reconcile/guards.test.ts'];
const rotation = ['test/operator/reconcile/rotation.test.ts'];
const leftovers = ['test/operator/reconcile/leftovers.test.ts'];

/** The operator: whose objects it touches, and in which order it replaces credentials. */
export const OPERATOR: readonly Mutant[] = [
  {
    guard: 'an object that belongs to somebody else is left alone',
    file: 'operator/reconcile/apply.ts',
    find: '    if (controllerOf(live)?.uid !== subject.uid) return { trouble: foreign(live) };\n',
    put: '',
    tests: reconciler,
  },
  {
    guard: 'an object that is going is not brought back in the middle of that',
    file: 'operator/reconcile/apply.ts',
    find: '    if (live.metadata.deletionTimestamp !== undefined) return { again: LAG };\n',
    put: '',
    tests: guards,
  },
  {
    guard: 'the costs of deletion are told before a Deployment gets fewer Pods',
    file: 'operator/reconcile/apply.ts',
    find: '    if (isScaleDown(live, manifest)) await beforeScaleDown();\n',
    put: '',
    tests: guards,
  },
  {
    guard: 'what the API server keeps otherwise is not written for ever',
    file: 'operator/reconcile/apply.ts',
    find: "    if (last.stubborn !== '' && last.stubborn === paths) return {};\n",
    put: '',
    tests: reconciler,
  },
  {
    guard: 'the Secret of the credentials is not pruned',
    file: 'operator/reconcile/prune.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: text of a program
    find: '  wanted.add(`Secret/${objectNames(cluster).cluster}`);\n',
    put: '',
    tests: reconciler,
  },
  {
    guard: 'a Secret of somebody else is not taken for credentials',
    file: 'operator/reconcile/credentials.ts',
    find: '  if (controllerOf(object)?.uid !== subject.uid) {\n    const message',
    put: '  if (false) {\n    const message',
    tests: guards,
  },
  {
    guard: 'credentials are not made a second time because a store lags behind',
    file: 'operator/reconcile/credentials.ts',
    find: '?? (await world.client.get(SECRETS, subject.namespace, name))',
    put: '?? undefined',
    tests: guards,
  },
  {
    guard: 'each step of a rotation waits until all members have the one before',
    file: 'operator/reconcile/rotation.ts',
    find: '  if (!inForce) return undefined;\n',
    put: '',
    tests: rotation,
  },
  {
    guard: 'a retired secret is accepted as long as a session that it signed may live',
    file: 'operator/reconcile/rotation.ts',
    find: 'now - at < SECRET_ACCEPTED',
    put: 'now - at < 0',
    tests: rotation,
  },
  {
    guard: 'a new token is known before it is used',
    file: 'operator/reconcile/rotation.ts',
    find: 'tokens: [...state.tokens.slice(0, 1), token],',
    put: 'tokens: [token, ...state.tokens.slice(0, 1)],',
    tests: rotation,
  },
  {
    guard: 'what another cluster of the name has left is deleted only when garbage collection has had its time',
    file: 'operator/reconcile/leftovers.ts',
    find: '  if (wait > 0) return wait;\n',
    put: '',
    tests: leftovers,
  },
  {
    guard: 'leftovers are deleted on behalf of a cluster that lives',
    file: 'operator/reconcile/leftovers.ts',
    find: 'if (await isAlive(world, subject)) for',
    put: 'for',
    tests: leftovers,
  },
];
