import { expect } from 'chai';
import fc from 'fast-check';
import { isDerived, MAX_NAME_LENGTH, nestedHeads, ShownNames, withoutPrefix } from '../../settings/shown-names.ts';

const PORTABLE = /^[A-Za-z0-9_-]{1,64}$/;

describe('the names of tools on routes of several servers', () => {
  const names = (prefixes: string[], separator = '-', portable = true) =>
    new ShownNames(prefixes, { separator, portable });
  const s = names(['s']);

  it('does not lose the server that a tool belongs to', () => {
    expect(names(['git']).shown('git', 'status')).to.equal('git-status');
    expect(names(['git'], '__').shown('git', 'status')).to.equal('git__status');
  });

  it('does not exceed the 64 characters that model APIs take', () => {
    expect(s.shown('s', 'a'.repeat(62))).to.equal(`s-${'a'.repeat(62)}`);
    expect(s.shown('s', 'a'.repeat(63))).to.have.length(MAX_NAME_LENGTH);
    expect(s.shown('s', 'a'.repeat(63))).to.match(/^s-a{53}_[0-9a-f]{8}$/);
  });

  it('does not make one name out of two long ones', () => {
    const common = 'a'.repeat(80);
    expect(s.shown('s', `${common}1`)).to.not.equal(s.shown('s', `${common}2`));
    expect(s.shown('s', `${common}1`)).to.equal(s.shown('s', `${common}1`));
  });

  it('does not have characters that model APIs refuse, unless the settings want them', () => {
    expect(names(['My Server']).shown('My Server', 'a/b.c')).to.match(/^My_Server-a_b_c_[0-9a-f]{8}$/);
    expect(names(['My Server'], '-', false).shown('My Server', 'a/b.c')).to.equal('My Server-a/b.c');
    expect(names(['a'], '.').shown('a', 'b')).to.match(/^a_b_[0-9a-f]{8}$/);
    expect(names(['ключ']).shown('ключ', '𝛼')).to.match(/^_____?-?__?_[0-9a-f]{8}$/);
  });

  it('does not let a server take names that begin as those of another one', () => {
    const two = names(['git-hub', 'git']);
    expect(two.shown('git-hub', 'danger')).to.equal('git-hub-danger');
    expect(two.shown('git', 'hub-danger')).to.match(/^git-hub-danger_[0-9a-f]{8}$/);
    expect(two.shown('git', 'hub-')).to.equal('git-hub-');
    expect(two.shown('git', 'hub')).to.equal('git-hub');
    expect(two.ownerOf('git-hub-danger')).to.equal('git-hub');
    expect(two.ownerOf('git-hub-')).to.equal('git');
    expect(two.ownerOf('git-')).to.equal(undefined);
    expect(two.ownerOf('gitlab-x')).to.equal(undefined);
    // Both are too long, and their plain names are one.
    const long = 'x'.repeat(80);
    expect(two.shown('git', `hub-${long}`)).to.not.equal(two.shown('git-hub', long));
  });

  it('does not show a plain name that another server may derive', () => {
    const two = names(['My Server', 'My_Server']);
    const derived = two.shown('My Server', 'run');
    const bare = derived.slice('My_Server-'.length);
    expect(two.shown('My_Server', bare)).to.match(new RegExp(`^${derived}_[0-9a-f]{8}$`));
    expect(two.sourcesOf(derived)).to.have.members(['My Server', 'My_Server']);
  });

  it('finds what lies within another prefix, however it is separated', () => {
    expect([...nestedHeads(['a', 'b', 'a-b', 'a-b-c', 'ab', 'a'], '-')]).to.deep.equal([
      ['a', ['a-b-', 'a-b-c-']],
      ['a-b', ['a-b-c-']],
    ]);
    expect([...nestedHeads(['a', 'a-'], '--')]).to.deep.equal([['a', ['a---']]]);
  });

  it('is one of a kind, understood, the same for any order, and takes the form that was asked for', () => {
    const part = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', '-', '_', '.', ' '), minLength: 1, maxLength: 6 }),
      fc.string({ minLength: 1 }),
    );
    const bare = fc.oneof(
      part,
      fc.tuple(part, fc.constant('_0123abcd')).map(([a, b]) => a + b),
      part.map((text) => text.padEnd(70, 'x')),
    );
    const given = fc.record({
      prefixes: fc.uniqueArray(part, { minLength: 1, maxLength: 5 }),
      bares: fc.uniqueArray(bare, { minLength: 1, maxLength: 6 }),
      separator: fc.constantFrom('-', '_', '__', '.', '--'),
      portable: fc.boolean(),
    });
    fc.assert(
      fc.property(given, ({ prefixes, bares, separator, portable }) => {
        const all = names(prefixes, separator, portable);
        const reversed = names([...prefixes].reverse(), separator, portable);
        const shown = prefixes.flatMap((prefix) => bares.map((name) => all.shown(prefix, name)));
        expect(new Set(shown).size).to.equal(shown.length);
        expect(prefixes.flatMap((prefix) => bares.map((name) => reversed.shown(prefix, name)))).to.deep.equal(shown);
        for (const name of shown) {
          expect(name.length).to.be.at.most(MAX_NAME_LENGTH);
          if (portable) expect(name).to.match(PORTABLE);
        }
        for (const prefix of prefixes) for (const name of bares) expectUnderstood(all, prefix, name);
      }),
      { numRuns: 1_000 },
    );
  });

  function expectUnderstood(all: ShownNames, prefix: string, name: string): void {
    const [shown, plain] = [all.shown(prefix, name), all.plain(prefix, name)];
    const belongs = all.ownerOf(plain) === prefix;
    if (PORTABLE.test(plain) && !isDerived(plain) && belongs) expect(shown).to.equal(plain);
    if (shown === plain) {
      expect(belongs).to.equal(true);
      return;
    }
    expect(isDerived(shown)).to.equal(true);
    expect(all.sourcesOf(shown)).to.include(prefix);
  }

  it('does not take a name for prefixed that only resembles it', () => {
    expect(withoutPrefix('git', '-', 'git-status')).to.equal('status');
    expect(withoutPrefix('git', '-', 'gitlab-status')).to.equal(undefined);
    expect(withoutPrefix('git', '-', 'git-')).to.equal(undefined);
  });
});
