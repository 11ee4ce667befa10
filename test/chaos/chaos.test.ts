import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { runChaos } from './chaos.ts';
import { FAULTS } from './fault.ts';
import { report } from './report.ts';
import { faultRows, totalsOf } from './summary.ts';

describe('a cluster in chaos', function () {
  this.timeout(180_000);

  before(function () {
    needs(this, process.platform === 'linux', 'Linux, whose /proc shows what processes have open');
  });

  it('does not let clients notice, in a minute of kills, freezes, drains, restarts, reloads, resets and delays', async () => {
    const events: string[] = [];
    const options = { seed: 20, seconds: 60, sessions: 60, nodes: 3, coordinators: 2, only: FAULTS };
    const result = await runChaos(options, (line) => events.push(line));
    expect(result.violations.length, `${events.join('\n')}\n${report(result)}`).to.equal(0);
    // The run did what it is for.
    expect(faultRows(result.ledger).map(({ kind }) => kind)).to.eql(FAULTS);
    expect(totalsOf(result.ledger).answers).to.be.greaterThan(1_000);
  });
});
