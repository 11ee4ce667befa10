import { expect } from 'chai';
import { createBoundary } from '../../cluster/boundary.ts';

describe('a boundary', () => {
  const logged: string[] = [];
  const boundary = createBoundary({
    error: ({ err, entry }) => void logged.push(`${entry}: ${(err as Error).message}`),
  });
  beforeEach(() => {
    logged.length = 0;
  });

  it('keeps what is thrown, now or later, to what it happened in, logs it and ends that', async () => {
    const ended: unknown[] = [];
    const end = (fault: unknown, name: string) => ended.push([(fault as Error).message, name]);
    const now = (name: string) => {
      throw new Error(`now ${name}`);
    };
    boundary('request', now, end)('a');
    boundary('timer', async (name: string) => now(name), end)('b');
    boundary('line', now)('c');
    await new Promise(setImmediate);
    expect(logged).to.eql(['request: now a', 'line: now c', 'timer: now b']);
    expect(ended).to.eql([
      ['now a', 'a'],
      ['now b', 'b'],
    ]);
  });

  it('is not crossed by a fault in what ends the thing either', async () => {
    const bad = () => {
      throw new Error('bad');
    };
    boundary('one', bad, bad)();
    boundary('two', bad, async () => bad())();
    await new Promise(setImmediate);
    expect(logged).to.eql(['one: bad', 'two: bad']);
  });
});
