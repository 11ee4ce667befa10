import { expect } from 'chai';
import { median, pairedRatio, quantile, sorted } from '../../bench/statistics.ts';

describe('statistics of the benchmark', () => {
  it('sorts numbers as numbers', () => {
    expect(sorted([10, 9, 100, 1])).to.deep.equal([1, 9, 10, 100]);
  });

  it('takes the middle, or the mean of the two in the middle', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])]).to.deep.equal([2, 2.5, 7]);
    expect(median([])).to.be.NaN;
  });

  it('does not take the largest value for the 99th percentile of a hundred', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile(hundred, 1)]).to.deep.equal([50, 99, 100]);
    expect(quantile([5], 0.01)).to.equal(5);
  });

  it('compares each round with its neighbour, so that a slow phase of the machine does not count', () => {
    expect(pairedRatio([10, 100, 12], [20, 200, 20])).to.equal(0.5);
  });
});
