import { expect } from 'chai';
import { AdoptedSessions } from '../../node/sessions/adopted.ts';
import { Session } from '../../node/sessions/session.ts';

function session(name: string, epoch: number): Session {
  const id = `AQIDBAUGBwg_${name.padStart(20, '-')}`;
  return new Session({
    id,
    target: '',
    transport: 'streamable-http',
    tag: 'AAAAAAAA',
    epoch,
    answerTimeout: 0,
  });
}
const claim = (name: string, epoch: number) => `AAAAAAAA.${name.padStart(20, '-')}.${epoch.toString(36)}`;

describe('the sessions that a node adopted', () => {
  it('are told as a whole first, then as changes, and to each coordinator on its own', () => {
    const adopted = new AdoptedSessions();
    const [one, two] = [session('one', 1), session('two', 2)];
    adopted.hold(one);
    const first = adopted.report(undefined);
    expect(first.report).to.eql({ full: true, add: [claim('one', 1)], remove: [] });
    expect(adopted.report(first.cursor).report).to.equal(undefined);
    adopted.hold(two);
    expect(adopted.drop(one)).to.equal(true);
    expect(adopted.drop(one)).to.equal(false);
    const second = adopted.report(first.cursor);
    expect(second.report).to.eql({ add: [claim('two', 2)], remove: ['one'.padStart(20, '-')] });
    expect(adopted.report(undefined).report).to.eql({ full: true, add: [claim('two', 2)], remove: [] });
  });
  it('are told as a whole to who is too far behind', () => {
    const adopted = new AdoptedSessions();
    const { cursor } = adopted.report(undefined);
    for (let i = 0; i < 20_000; i++) {
      const passing = session(String(i), 1);
      adopted.hold(passing);
      adopted.drop(passing);
    }
    adopted.hold(session('left', 7));
    expect(adopted.report(cursor).report).to.eql({ full: true, add: [claim('left', 7)], remove: [] });
  });
});
