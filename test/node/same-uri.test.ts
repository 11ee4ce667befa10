import { expect } from 'chai';
import { meaningsOf, normalUri } from '../../node/catalog/same-uri.ts';

describe('the spelling that URIs of one meaning share', () => {
  const same: [one: string, other: string][] = [
    ['SECRET://plans', 'secret://plans'],
    ['secret://PLANS/a', 'secret://plans/a'],
    ['secret://pl%61ns', 'secret://plans'],
    ['secret://x/%2e%2E/plans', 'secret://x/plans'],
    ['secret://x/a%2fb', 'secret://x/a%2Fb'],
    ['secret://plans/./a/../b', 'secret://plans/b'],
    ['secret://plans/', 'secret://plans'],
    ['http://h:80/a', 'http://h/a'],
    ['https://u@H:/', 'https://u@h'],
    ['https://h/?q', 'https://h?q'],
    ['f://a/é b', 'f://a/%C3%A9%20b'],
    ['urn:a:%62', 'URN:a:b'],
    ['F://H/%61/{Id}/./{+rest}{?q,r}', 'f://h/a/{Id}/{+rest}{?q,r}'],
    ['http://h/{?q}', 'http://h{?q}'],
  ];
  for (const [one, other] of same) {
    it(`does not differ for ${one} and ${other}`, () => expect(normalUri(one)).to.equal(normalUri(other)));
  }

  const distinct: [one: string, other: string][] = [
    ['secret://h/Plans', 'secret://h/plans'],
    ['secret://h/a%2Fb', 'secret://h/a/b'],
    ['secret://h:80/', 'secret://h/'],
    ['https://h:80/', 'https://h/'],
    ['doc://h/a#one', 'doc://h/a#two'],
    ['doc://h/a?x', 'doc://h/a'],
    ['u://h/{a}\n1', 'u://h/{a}\n2'],
  ];
  for (const [one, other] of distinct) {
    it(`is not one for ${one} and ${other}`, () => expect(normalUri(one)).to.not.equal(normalUri(other)));
  }

  it('does not forget what lenient parsers read', () => {
    for (const uri of [
      'secret://plans/a#b',
      ' secret://plans/a',
      'sec\tret://plans/\na',
      'secret://plans%2Fa',
      'secret://plans/x%2F..%2Fa',
    ]) {
      expect(meaningsOf(uri), uri).to.include('secret://plans/a');
    }
    expect(meaningsOf('http://127.1\\a')).to.include('http://127.0.0.1/a');
  });

  it('is the same for itself, and takes time in line with the length', () => {
    for (const [one] of [...same, ...distinct]) expect(normalUri(normalUri(one))).to.equal(normalUri(one));
    const length = 20_000;
    for (const part of [
      'a',
      '/',
      '/.',
      '/..',
      '%',
      '%61',
      '{',
      '}',
      '{}',
      '{?',
      '?',
      '#',
      ':',
      '@',
      '.',
      ' ',
      '\ud800',
      'é',
    ]) {
      for (const start of ['', 's://', 's:', 's://h/{a}/']) {
        const uri = `${start}${part.repeat(length / part.length)}`;
        expect(meaningsOf(uri).length, part).to.be.greaterThan(0);
      }
    }
  });
});
