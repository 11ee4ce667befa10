import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { cpuMicroseconds } from '../../bench/cpu.ts';
import { needs } from '../support/needs.ts';

function burn(milliseconds: number): number {
  const before = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(before);
    if (user + system > milliseconds * 1000) return user + system;
  }
}

describe('the CPU clock of the benchmark', () => {
  before(function () {
    needs(this, process.platform === 'linux', 'Linux, whose /proc the benchmark reads');
  });

  it('agrees with what the process says of itself, to a few ticks', () => {
    const before = cpuMicroseconds([process.pid]);
    const burned = burn(200);
    expect(cpuMicroseconds([process.pid]) - before).to.be.closeTo(burned, 40_000);
  });

  it('does not count what child processes use', () => {
    const before = cpuMicroseconds([process.pid]);
    const script = 'const until = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < until);';
    expect(spawnSync(process.execPath, ['-e', script]).status).to.equal(0);
    expect(cpuMicroseconds([process.pid]) - before).to.be.below(150_000);
  });
});
