import { expect } from 'chai';
import { isEnough, missesOf, nameOf, unexplained } from './report.ts';
import { ROWS } from './rows.ts';

describe('the conformance suite, through coordinator and nodes', () => {
  for (const row of ROWS.filter(({ quick }) => quick)) {
    it(`passes ${row.least} of ${row.suite.scored.length}: ${nameOf(row)}`, async () => {
      const run = { row, outcome: await row.run() };
      expect(unexplained([run])).to.deep.equal([]);
      expect(isEnough(run), `missed: ${missesOf(run).join(', ')}`).to.equal(true);
    }).timeout(120_000);
  }
});
