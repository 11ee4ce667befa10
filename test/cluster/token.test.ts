import { expect } from 'chai';
import { bearerToken, secretsMatch } from '../../cluster/token.ts';

describe('secretsMatch', () => {
  it('takes the secret and nothing else, of any length', () => {
    expect(secretsMatch('geheim', 'geheim')).to.equal(true);
    for (const wrong of [undefined, '', 'gehei', 'geheim ', 'GEHEIM', 'x'.repeat(100_000)]) {
      expect(secretsMatch(wrong, 'geheim'), String(wrong).slice(0, 20)).to.equal(false);
    }
  });

  it('tells secrets apart that are longer than the width in which they are compared, or differ at its edge', () => {
    for (const length of [254, 255, 256, 257, 100_000]) {
      const secret = 'x'.repeat(length);
      expect(secretsMatch(secret, secret), String(length)).to.equal(true);
      for (const wrong of [`${secret}x`, secret.slice(1), `${secret.slice(1)}y`, `y${secret.slice(1)}`, '']) {
        expect(secretsMatch(wrong, secret), String(length)).to.equal(false);
        expect(secretsMatch(secret, wrong), String(length)).to.equal(false);
      }
    }
  });

  it('does not take a padded secret for one that ends in zeros', () => {
    expect(secretsMatch('geheim\0', 'geheim')).to.equal(false);
    expect(secretsMatch('', '\0')).to.equal(false);
    expect(secretsMatch('gehe\u00efm', 'gehe\u00efm')).to.equal(true);
  });
});

describe('bearerToken', () => {
  it('reads the token, whatever the case of the scheme', () => {
    for (const header of ['Bearer abc', 'bearer abc', 'BEARER   abc  ']) expect(bearerToken(header)).to.equal('abc');
  });

  it('reads no token from other schemes or from several words', () => {
    for (const header of [
      undefined,
      '',
      'abc',
      'Bearer',
      'Bearer ',
      'Bearer a b',
      'Basic abc',
      'xBearer abc',
      'Bearerabc',
    ]) {
      expect(bearerToken(header), String(header)).to.equal(undefined);
    }
  });

  it('answers at once for a header made to be slow', () => {
    const started = performance.now();
    bearerToken(`Bearer ${' '.repeat(60_000)}`);
    bearerToken(`Bearer ${'a '.repeat(30_000)}`);
    bearerToken(`Bearer a${' '.repeat(60_000)}b`);
    expect(performance.now() - started).to.be.below(200);
  });
});
