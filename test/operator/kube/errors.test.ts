import { expect } from 'chai';
import { ownerReference } from '../../../operator/api/names.ts';
import { objectPath } from '../../../operator/kube/address.ts';
import { errorOfAnswer, errorOfConnection, errorOfStatus } from '../../../operator/kube/errors.ts';
import { controllerOf } from '../../../operator/kube/ownership.ts';
import { WIDGETS } from './model.ts';

describe('errors of the API server', () => {
  it('say when to come again: by header in seconds or as a date, or by the body', () => {
    const now = Date.UTC(2026, 0, 1);
    expect(errorOfAnswer('GET /a', 429, '', '2').retryAfter).to.equal(2000);
    expect(errorOfAnswer('GET /a', 503, '', 'Thu, 01 Jan 2026 00:00:05 GMT', now).retryAfter).to.equal(5000);
    expect(errorOfAnswer('GET /a', 503, '{"details":{"retryAfterSeconds":4}}').retryAfter).to.equal(4000);
    for (const nonsense of ['soon', '-1', ''])
      expect(errorOfAnswer('GET /a', 503, '', nonsense).retryAfter).to.equal(undefined);
  });

  it('have a reason also where a proxy answered instead, and never a whole page', () => {
    const error = errorOfAnswer('GET /a', 503, `<html>${'x'.repeat(5000)}`);
    expect(error).to.include({ status: 503, reason: 'ServiceUnavailable' });
    expect(error.message.length).to.be.below(250);
    for (const body of ['null', '[]', '7', '']) expect(errorOfAnswer('GET /a', 404, body).reason).to.equal('NotFound');
  });

  it('are the same by an ERROR event, also by one that says nothing', () => {
    expect(errorOfStatus('watch', { code: 410, reason: 'Gone', message: 'm' })).to.include({
      status: 410,
      reason: 'Gone',
    });
    expect(errorOfStatus('watch', undefined)).to.include({ status: 500, reason: 'InternalError' });
  });

  it('tell a manifest of a wrong type from a server that failed', () => {
    const message = 'failed to create typed patch object (one/a): .spec.replicas: expected numeric, got string';
    const body = JSON.stringify({ message, reason: 'InternalError', code: 500 });
    expect(errorOfAnswer('PATCH /a', 500, body)).to.include({ status: 500, reason: 'Invalid' });
    expect(errorOfAnswer('PATCH /a', 500, '{"message":"etcd"}').reason).to.equal('InternalError');
  });

  it('keep the cause where there was no answer', () => {
    const cause = new Error('connect ECONNREFUSED');
    expect(errorOfConnection('GET /a', cause)).to.include({ status: 0, reason: 'Unreachable', cause });
  });
});

describe('addresses and owners', () => {
  it('cannot be made of a name that would reach another object', () => {
    expect(objectPath(WIDGETS, '../x', 'a/b?c')).to.equal('/apis/test.example/v1/namespaces/..%2Fx/widgets/a%2Fb%3Fc');
    expect(() => objectPath(WIDGETS, undefined, 'a')).to.throw('Widget a needs a namespace');
    expect(() => objectPath(WIDGETS, 'one', '')).to.throw('without a name');
    expect(objectPath({ ...WIDGETS, group: '', namespaced: false }, 'one', 'a')).to.equal('/api/v1/widgets/a');
  });

  it('an owner is known by its uid, and only the one that controls counts', () => {
    const reference = ownerReference({ name: 'o', uid: '1' });
    const other = { ...reference, uid: '2', controller: false };
    const owned = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 't', ownerReferences: [other, reference] } };
    expect(controllerOf(owned)).to.eql(reference);
    expect(controllerOf(owned)?.uid).to.equal('1');
    expect(controllerOf({ ...owned, metadata: { name: 't', ownerReferences: [other] } })).to.equal(undefined);
  });
});
