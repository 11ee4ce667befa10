import { expect } from 'chai';
import { accountOf, networkOf } from '../../node/sessions/account.ts';

describe('the account that limits count', () => {
  it('is not another one for each address of a client', () => {
    const networks: [string, string][] = [
      ['192.0.2.1', '192.0.2.1'],
      ['::ffff:192.0.2.1', '192.0.2.1'],
      ['2001:db8::1', '2001:db8:0:0::/64'],
      ['2001:0DB8:0:0:ffff::1', '2001:db8:0:0::/64'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
      ['fe80::1%eth0', 'fe80:0:0:0::/64'],
      ['::1', '0:0:0:0::/64'],
      ['unknown', 'unknown'],
    ];
    for (const [address, network] of networks) expect(networkOf(address), address).to.equal(network);
  });
  it('is not what a client says of itself: the key counts, else what the coordinator added', () => {
    expect(accountOf({ 'x-forwarded-for': '10.0.0.1' }, 'ann')).to.equal('key ann');
    expect(accountOf({ 'x-forwarded-for': '6.6.6.6, 10.0.0.1' }, '')).to.equal('address 10.0.0.1');
    expect(accountOf({}, '')).to.equal('');
  });
});
