import { expect } from 'chai';
import { exposedName, MAX_NAME_LENGTH, withoutPrefix } from '../../node/catalog/names.ts';

describe('the names of tools on routes of several servers', () => {
  it('does not lose the server that a tool belongs to', () => {
    expect(exposedName('git', '-', 'status')).to.equal('git-status');
    expect(exposedName('git', '__', 'status')).to.equal('git__status');
  });

  it('does not exceed the 64 characters that model APIs take', () => {
    expect(exposedName('s', '-', 'a'.repeat(62))).to.have.length(MAX_NAME_LENGTH);
    expect(exposedName('s', '-', 'a'.repeat(62))).to.equal(`s-${'a'.repeat(62)}`);
    expect(exposedName('s', '-', 'a'.repeat(63))).to.have.length(MAX_NAME_LENGTH);
    expect(exposedName('s', '-', 'a'.repeat(63))).to.match(/^s-a{53}_[0-9a-f]{8}$/);
  });

  it('does not make one name out of two long ones', () => {
    const common = 'a'.repeat(80);
    expect(exposedName('s', '-', `${common}1`)).to.not.equal(exposedName('s', '-', `${common}2`));
    expect(exposedName('s', '-', `${common}1`)).to.equal(exposedName('s', '-', `${common}1`));
  });

  it('does not take a name for prefixed that only resembles it', () => {
    expect(withoutPrefix('git', '-', 'git-status')).to.equal('status');
    expect(withoutPrefix('git', '-', 'gitlab-status')).to.equal(undefined);
    expect(withoutPrefix('git', '-', 'git-')).to.equal(undefined);
  });
});
