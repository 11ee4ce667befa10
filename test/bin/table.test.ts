import { expect } from 'chai';
import { nearest } from '../../bin/nearest.ts';
import { age, table } from '../../bin/table.ts';

describe('tables', () => {
  it('aligns columns and leaves no blanks at the ends of lines', () => {
    const text = table(
      ['A', 'LONGER'],
      [
        ['value', 'x'],
        ['b', ''],
      ],
    );
    expect(text).to.equal('A       LONGER\nvalue   x\nb\n');
  });

  it('does not let another process write control characters to the terminal', () => {
    expect(table(['A'], [['\u001b[31mred\nline\u202e']])).to.equal('A\n [31mred line\n');
  });

  it('writes ages in the unit that fits', () => {
    expect([-5, 900, 119_000, 120_000, 7_200_000, 200_000_000].map(age)).to.eql(['0s', '1s', '119s', '2m', '2h', '2d']);
  });
});

describe('the nearest word', () => {
  it('finds letters lost, added, replaced and swapped, and nothing far away', () => {
    const words = ['status', 'nodes', 'url'];
    expect(['stats', 'nodess', 'nobes', 'ulr', 'banana'].map((word) => nearest(word, words))).to.eql([
      'status',
      'nodes',
      'nodes',
      'url',
      undefined,
    ]);
  });
});
