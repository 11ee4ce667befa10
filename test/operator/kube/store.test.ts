import { expect } from 'chai';
import type { KubeObject } from '../../../operator/kube/contract.ts';
import { createStore } from '../../../operator/kube/store.ts';
import { trimMetadata } from '../../../operator/kube/trim.ts';
import { WIDGETS } from './model.ts';
import { createQuietLog } from './quiet-log.ts';

const object = (name: string, uid: string, resourceVersion: string, owner?: string): KubeObject => ({
  apiVersion: 'test.example/v1',
  kind: 'Widget',
  metadata: {
    namespace: 'one',
    name,
    uid,
    resourceVersion,
    ...(owner === undefined
      ? {}
      : { ownerReferences: [{ apiVersion: 'v1', kind: 'Owner', name: owner, uid: owner, controller: true }] }),
  },
});

describe('the store', () => {
  const setup = () => {
    const log = createQuietLog();
    const store = createStore(WIDGETS, log);
    const changes: string[] = [];
    store.onChange(({ object, previous }) => {
      changes.push(`${previous?.metadata.resourceVersion ?? '-'} > ${object?.metadata.resourceVersion ?? '-'}`);
    });
    return { log, store, changes };
  };

  it('tells of what vanished between two lists, and of nothing that stayed as it was', () => {
    const { store, changes } = setup();
    expect(store.synced).to.equal(false);
    store.replace([object('a', 'A', '1'), object('b', 'B', '2'), object('c', 'C', '3')]);
    expect(store.synced).to.equal(true);
    store.replace([object('a', 'A', '1'), object('c', 'C', '4')]);
    expect(changes).to.eql(['- > 1', '- > 2', '- > 3', '2 > -', '3 > 4']);
  });

  it('takes a recreated object for a deletion and an addition, not for a change', () => {
    const { store, changes } = setup();
    store.set(object('a', 'A', '1'));
    store.set(object('a', 'B', '2'));
    store.replace([object('a', 'C', '3')]);
    expect(changes).to.eql(['- > 1', '1 > -', '- > 2', '2 > -', '- > 3']);
  });

  it('finds objects by their owner, also after the owner changed', () => {
    const { store } = setup();
    store.replace([object('a', 'A', '1', 'x'), object('b', 'B', '2', 'x'), object('c', 'C', '3')]);
    expect(store.ownedBy('x').map(({ metadata }) => metadata.name)).to.eql(['a', 'b']);
    store.set(object('a', 'A', '4', 'y'));
    store.remove(object('b', 'B', '5'));
    expect(store.ownedBy('x')).to.eql([]);
    expect(store.ownedBy('y').map(({ metadata }) => metadata.name)).to.eql(['a']);
    expect([store.list('one').length, store.list('two').length, store.list().length]).to.eql([2, 0, 2]);
  });

  it('survives a listener that throws, and tells the others', () => {
    const log = createQuietLog();
    const store = createStore(WIDGETS, log);
    let told = 0;
    store.onChange(() => {
      throw new Error('mine');
    });
    const forget = store.onChange(() => {
      told++;
    });
    store.set(object('a', 'A', '1'));
    forget();
    store.set(object('a', 'A', '2'));
    expect([told, log.of('error').length]).to.eql([1, 2]);
    expect(log.of('error')[0]?.fields).to.include({ kind: 'Widget', object: 'one/a' });
  });

  it('keeps no managedFields and no copy of the manifest', () => {
    const fat = object('a', 'A', '1');
    fat.metadata.annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'stays' };
    Object.assign(fat.metadata, { managedFields: [{ manager: 'kubectl' }] });
    expect(trimMetadata(fat).metadata).to.eql({
      namespace: 'one',
      name: 'a',
      uid: 'A',
      resourceVersion: '1',
      annotations: { mine: 'stays' },
    });
  });
});
