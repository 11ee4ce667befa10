import { expect } from 'chai';
import { NODE_ERRORS } from '../../node/errors.ts';
import { OPERATOR_ERRORS } from '../../operator/errors.ts';
import { ROUTER_ERRORS } from '../../router/errors.ts';
import { SETTINGS_ERRORS } from '../../settings/errors.ts';
import { tableBelow } from './tables.ts';

interface Facts {
  status?: number;
  rpc?: number;
  rpcCode?: number;
  message: string;
  remedy?: string;
}

const TABLES: Record<string, Record<string, Facts>> = {
  Coordinator: ROUTER_ERRORS,
  Node: NODE_ERRORS,
  Settings: SETTINGS_ERRORS,
  Operator: OPERATOR_ERRORS,
};

/** The first four columns of a row. */
function rowOf(code: string, facts: Facts): string {
  return [code, facts.status ?? '-', facts.rpc ?? facts.rpcCode ?? '-', facts.message.replaceAll('`', '')].join(' | ');
}

describe('docs/errors.md', () => {
  for (const [heading, table] of Object.entries(TABLES)) {
    const rows = tableBelow('docs/errors.md', heading);

    it(`says of each error of the ${heading.toLowerCase()} what the code says, and of no other`, () => {
      const documented = rows.map((row) => row.slice(0, 4).join(' | '));
      expect(documented.toSorted()).to.eql(
        Object.entries(table)
          .map(([code, facts]) => rowOf(code, facts))
          .toSorted(),
      );
    });

    it(`says what to do about each error of the ${heading.toLowerCase()}`, () => {
      expect(rows.filter((row) => (row[4]?.length ?? 0) < 10)).to.eql([]);
      for (const [code, , , , remedy] of rows) {
        const stated = table[code ?? '']?.remedy;
        if (stated !== undefined) expect(remedy).to.equal(stated.replaceAll('`', ''));
      }
    });
  }
});
