import { expect } from 'chai';
import { createIdScanner } from '../../mcp/id-scanner.ts';

describe('ids of a body that is not kept', () => {
  function idsOf(text: string, size = 3): readonly unknown[] {
    const scanner = createIdScanner();
    const bytes = Buffer.from(text);
    for (let i = 0; i < bytes.length; i += size) scanner.push(bytes.subarray(i, i + size));
    return scanner.ids;
  }
  it('finds the id wherever it stands, and no id of a nested object or of a text', () => {
    expect(idsOf('{"id":1,"method":"m","params":{"id":2}}')).to.deep.equal([1]);
    expect(
      idsOf('{"method":"m","params":{"id":2,"a":["id",{"id":3}]},"jsonrpc":"2.0", "id" : "x\\"é" }'),
    ).to.deep.equal(['x"é']);
    expect(idsOf('{"a":"{\\"id\\":5,","method":"m","id":0}', 1)).to.deep.equal([0]);
    expect(idsOf(`{"params":"${'y'.repeat(5_000)}","id":7,"method":"m"}`, 64)).to.deep.equal([7]);
  });
  it('finds those of a batch, but not those of notifications and responses', () => {
    expect(idsOf('[{"id":1,"method":"m"},{"method":"n"},{"id":9,"result":{}},{"method":"m","id":"b"}]')).to.deep.equal([
      1,
      'b',
    ]);
  });
  it('does not look for more than a batch may have', () => {
    const batch = `[${'{"id":1,"method":"m"},'.repeat(1_500)}{}]`;
    expect(idsOf(batch, 1_000)).to.have.length(1_000);
  });
  it('tells requests from answers, and loses no digit of an id', () => {
    const scanner = createIdScanner();
    scanner.push(Buffer.from('[{"id":9007199254740993,"result":{"a":"\\"]"}},{"id":1.0,"method":"m"}]'));
    expect(JSON.stringify([scanner.answered, scanner.ids])).to.equal('[[9007199254740993],[1.0]]');
  });
  it('is harmless on what is no JSON', () => {
    expect(idsOf('}}]]"id":1,{{{')).to.deep.equal([]);
    expect(idsOf('')).to.deep.equal([]);
  });
});
