import { expect } from 'chai';
import { missReason } from './known-misses.ts';
import { ROWS } from './rows.ts';
import { isPassed } from './suite.ts';

/** Those that together say most; `npm run conformance` runs all. */
const QUICK = [
  /0\.1\.16 active, server route, stdio of older/,
  /2025-11-25, bridge/,
  /2026-07-28, route of all servers/,
  /2026-07-28, bridge/,
];

describe('the conformance suite, through coordinator and nodes', () => {
  for (const row of ROWS) {
    const title = `${row.suite.title}, ${row.title}`;
    if (!QUICK.some((pattern) => pattern.test(title))) continue;
    it(`passes ${row.least} of ${row.suite.scenarios}: ${title}`, async () => {
      const scenarios = await row.run();
      const failed = scenarios.filter((scenario) => !isPassed(scenario));
      const unexplained = failed.filter(({ name }) => missReason(row.title, name) === '**not explained**');
      expect(unexplained).to.deep.equal([]);
      expect(scenarios).to.have.length(row.suite.scenarios);
      expect(scenarios.length - failed.length).to.be.at.least(row.least);
    }).timeout(180_000);
  }
});
