import { expect } from 'chai';
import fc from 'fast-check';
import type { KubeConnection, KubeObject, Store, WatchEvent } from '../../../operator/kube/contract.ts';
import { KubeError } from '../../../operator/kube/errors.ts';
import { createReflector } from '../../../operator/kube/reflector.ts';
import { createFakeClock } from './fake-clock.ts';
import { createModel, type Model, type ModelEvent, WIDGETS } from './model.ts';
import { createQuietLog } from './quiet-log.ts';

const NAMES = ['a', 'b', 'c'];

/** Lists and watches a model in memory; `cut` ends all watches, `lose` swallows the next event. */
function createMemoryWatch(model: Model) {
  const cuts = new Set<() => void>();
  const state = { lose: false };
  const client: Pick<KubeConnection, 'list' | 'watch'> = {
    list: async () => ({ items: structuredClone(model.list()), resourceVersion: String(model.version) }),
    async *watch(_resource, { resourceVersion }, signal) {
      const from = Number(resourceVersion);
      if (from < model.compactedTo) throw new KubeError('too old', { status: 410, reason: 'Expired' });
      const waiting: ModelEvent[] = model.since(from);
      let wake = () => {};
      let ended = false;
      const forget = model.onEvent((event) => {
        if (state.lose) state.lose = false;
        else waiting.push(event);
        wake();
      });
      const cut = () => {
        ended = true;
        wake();
      };
      cuts.add(cut);
      signal.addEventListener('abort', cut);
      try {
        while (!ended) {
          for (const { type, object } of waiting.splice(0)) yield structuredClone({ type, object }) as WatchEvent;
          if (!ended && waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        }
        throw new KubeError('cut', { status: 0, reason: 'Unreachable' });
      } finally {
        forget();
        cuts.delete(cut);
      }
    },
  };
  return { client, state, cut: () => [...cuts].forEach((end) => void end()) };
}

/** What a listener knows that sees nothing but changes, and where they made no sense. */
function follow(store: Store) {
  const mirror = new Map<string, KubeObject>();
  const wrong: string[] = [];
  store.onChange(({ object, previous }) => {
    const { name = '', uid } = (object ?? previous)?.metadata ?? {};
    if (mirror.get(name) !== previous) wrong.push(`the previous ${name} was another`);
    if (previous !== undefined && previous.metadata.uid !== uid) wrong.push(`${name} changed its uid`);
    if (object === undefined) mirror.delete(name);
    else mirror.set(name, object);
  });
  return { mirror, wrong };
}

const byName = (objects: Iterable<KubeObject>) =>
  [...objects].sort((one, other) => one.metadata.name.localeCompare(other.metadata.name));

describe('a store that a reflector keeps', () => {
  it('equals the server in the end, and so does who follows its changes, whatever happened in between', async () => {
    const step = fc.record({
      do: fc.constantFrom('put', 'put', 'remove', 'recreate', 'cut', 'compact', 'lose', 'second', 'minutes'),
      name: fc.constantFrom(...NAMES),
    });
    const check = async (steps: { do: string; name: string }[]) => {
      const model = createModel();
      const clock = createFakeClock();
      const memory = createMemoryWatch(model);
      const log = createQuietLog();
      const reflector = createReflector({ client: memory.client, resource: WIDGETS, log, clock });
      const { mirror, wrong } = follow(reflector.store);
      const stop = new AbortController();
      const running = reflector.run(stop.signal);
      const actions: Record<string, (name: string) => unknown> = {
        put: (name) => model.put('one', name, { at: model.version }),
        remove: (name) => model.remove('one', name),
        recreate(name) {
          model.remove('one', name);
          model.put('one', name);
        },
        cut: () => memory.cut(),
        compact: () => model.compact(),
        lose() {
          memory.state.lose = true;
        },
        second: () => clock.advance(1000),
        minutes: () => clock.advance(240_000),
      };
      for (const { do: what, name } of steps) await actions[what]?.(name);
      memory.state.lose = false;
      await clock.advance(2_000_000);
      stop.abort();
      await running;
      expect(wrong).to.eql([]);
      expect(byName(reflector.store.list())).to.eql(byName(model.list()));
      expect(byName(mirror.values())).to.eql(byName(model.list()));
      expect(clock.pending).to.eql([]);
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), check), { numRuns: 300 });
  }).timeout(60_000);
});
