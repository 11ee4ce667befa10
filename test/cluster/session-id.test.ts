import { expect } from 'chai';
import { openSessionId, type SessionId, sealSessionId } from '../../cluster/session-id.ts';
import { nodeTag } from '../../cluster/tag.ts';

const id: SessionId = { tag: nodeTag('node-1'), inner: 'AQMAAGkipDgAAAAAAAAAAAAAAAAAAAAA' };
const binding = { target: 'team', principal: 'alice' };

describe('the session id that clients see', () => {
  it('comes back as it went out, with and without a secret', () => {
    for (const secrets of [[], ['one'], ['one', 'two']]) {
      expect(openSessionId(sealSessionId(id, binding, secrets), binding, secrets)).to.deep.equal(id);
    }
  });

  it('is visible ASCII, as MCP demands of session ids', () => {
    expect(sealSessionId(id, binding, ['one'])).to.match(/^[\x21-\x7e]+$/);
  });

  it('routes the UUID of a foreign node, and an inner id with dots', () => {
    for (const inner of ['3f2b8c1e-0000-4000-8000-000000000001', 'a.b.c', '.', 'x']) {
      for (const secrets of [[], ['one']]) {
        const foreign = { tag: id.tag, inner };
        expect(openSessionId(sealSessionId(foreign, binding, secrets), binding, secrets), inner).to.deep.equal(foreign);
      }
    }
  });

  it('opens nothing for another principal or another target', () => {
    const text = sealSessionId(id, binding, ['one']);
    expect(openSessionId(text, { ...binding, principal: 'mallory' }, ['one'])).to.equal(undefined);
    expect(openSessionId(text, { ...binding, target: '' }, ['one'])).to.equal(undefined);
  });

  it('does not confuse a target with the start of a principal', () => {
    const text = sealSessionId(id, { target: 'ab', principal: 'c' }, ['one']);
    expect(openSessionId(text, { target: 'a', principal: 'bc' }, ['one'])).to.equal(undefined);
  });

  it('keeps sessions alive while the secret rotates, and ends them when the old one is gone', () => {
    const text = sealSessionId(id, binding, ['old']);
    expect(openSessionId(text, binding, ['new', 'old'])).to.deep.equal(id);
    expect(openSessionId(text, binding, ['new'])).to.equal(undefined);
    expect(sealSessionId(id, binding, ['new', 'old'])).to.equal(sealSessionId(id, binding, ['new']));
  });

  it('refuses an id whose any character was changed', () => {
    const text = sealSessionId(id, binding, ['one']);
    for (let at = 0; at < text.length; at++) {
      // The neighbour in base64url: in the last character it changes bits that decoding would ignore.
      const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
      expect(openSessionId(changed, binding, ['one']), `character ${at}`).to.equal(undefined);
    }
  });

  it('has one spelling only', () => {
    const text = sealSessionId(id, binding, ['one']);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.é';
    const opened = [...alphabet].filter((last) => openSessionId(text.slice(0, -1) + last, binding, ['one']));
    expect(opened).to.deep.equal([text.at(-1)]);
  });

  it('refuses an id without a mac as soon as a secret is set', () => {
    expect(openSessionId(sealSessionId(id, binding, []), binding, ['one'])).to.equal(undefined);
  });

  it('refuses garbage of any length without throwing', () => {
    for (const secrets of [[], ['one']]) {
      for (const text of [
        '',
        '.',
        '........',
        'abcdefgh',
        'abcdefgh.',
        'x'.repeat(513),
        `${id.tag}.${'x'.repeat(600)}`,
        `.${'A'.repeat(22)}`,
        `${id.tag}..${'A'.repeat(22)}`,
        '\u0000',
        'ü'.repeat(40),
      ]) {
        const opened = openSessionId(text, binding, secrets);
        if (secrets.length > 0 || !text.startsWith(`${id.tag}..`))
          expect(opened, JSON.stringify(text)).to.equal(undefined);
      }
    }
  });
});
