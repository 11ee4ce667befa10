import { expect } from 'chai';
import fc from 'fast-check';
import { canonicalQuantity, MILLI, sameQuantity } from '../../../operator/render/quantity.ts';

describe('quantities', () => {
  const cases: [string | number, string][] = [
    ['0.5', '500m'],
    [0.5, '500m'],
    ['1000m', '1'],
    [2, '2'],
    ['2', '2'],
    ['1.5Gi', '1536Mi'],
    ['1024Mi', '1Gi'],
    ['0.5Gi', '512Mi'],
    ['1000Ki', '1000Ki'],
    ['1023', '1023'],
    ['0.5Ki', '512'],
    ['1000000', '1M'],
    ['1500M', '1500M'],
    ['0.1', '100m'],
    [0.1, '100m'],
    ['100', '100'],
    ['1e3', '1e3'],
    ['1000000e0', '1e6'],
    ['1500e0', '1500'],
    ['0', '0'],
    ['0Gi', '0'],
    ['-1000m', '-1'],
    ['.5', '500m'],
    ['1.', '1'],
    ['1.1Ki', '1126400m'],
    ['0.0000000001', '1n'],
    [1e-7, '100n'],
    ['1000', '1k'],
  ];
  for (const [given, canonical] of cases) {
    it(`are written as the API server writes them: ${JSON.stringify(given)} is ${canonical}`, () => {
      expect(canonicalQuantity(given)).to.equal(canonical);
      expect(canonicalQuantity(canonical)).to.equal(canonical);
    });
  }

  it('of requests and limits are rounded up to thousandths', () => {
    expect(canonicalQuantity('1.0005', MILLI)).to.equal('1001m');
    expect(canonicalQuantity('1u', MILLI)).to.equal('1m');
    expect(canonicalQuantity('1.5Gi', MILLI)).to.equal('1536Mi');
  });

  it('that are none are left for the API server to refuse', () => {
    for (const wrong of ['', 'abc', '1 Gi', '1GiB', '1K', '--1']) expect(canonicalQuantity(wrong)).to.equal(wrong);
    expect(sameQuantity('abc', 'abc')).to.equal(false);
  });

  it('keep their amount, whatever the suffix', () => {
    const suffixes = ['', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi'];
    const amounts = fc.tuple(fc.integer({ min: 0, max: 100_000 }), fc.constantFrom(...suffixes));
    fc.assert(
      fc.property(amounts, ([number, suffix]) => {
        const text = `${number}${suffix}`;
        expect(sameQuantity(text, canonicalQuantity(text)), text).to.equal(true);
        expect(sameQuantity(text, `${number + 1}${suffix}`)).to.equal(false);
      }),
    );
  });
});
