import { expect } from 'chai';
import { bearerAuthRequired, enabledBearerKeys } from '../../settings/bearer-keys.ts';
import { parseSettings } from '../../settings/load.ts';

const withRouting = (routing: object, bearerKeys: object[] = []) =>
  parseSettings({ bearerKeys, systemConfig: { routing } });

describe('settings/bearer-keys', () => {
  it('leaves out disabled keys and adds the older bearerAuthKey with access to all', () => {
    const settings = withRouting({ bearerAuthKey: 'old' }, [{ token: 'a' }, { token: 'b', enabled: false }]);
    expect(enabledBearerKeys(settings).map(({ token, accessType }) => [token, accessType])).to.deep.equal([
      ['a', 'all'],
      ['old', 'all'],
    ]);
  });

  it('does not widen the access of a key that is also the older bearerAuthKey', () => {
    const settings = withRouting({ bearerAuthKey: 'a' }, [
      { token: 'a', accessType: 'servers', allowedServers: ['x'] },
    ]);
    expect(enabledBearerKeys(settings)).to.have.length(1);
    expect(enabledBearerKeys(settings)[0]).to.include({ accessType: 'servers' });
  });

  it('asks for a key as soon as one exists, unless the settings say otherwise', () => {
    expect(bearerAuthRequired(withRouting({}))).to.equal(false);
    expect(bearerAuthRequired(withRouting({}, [{ token: 'a' }]))).to.equal(true);
    expect(bearerAuthRequired(withRouting({}, [{ token: 'a', enabled: false }]))).to.equal(false);
    expect(bearerAuthRequired(withRouting({ bearerAuthKey: 'a' }))).to.equal(true);
    expect(bearerAuthRequired(withRouting({ enableBearerAuth: false }, [{ token: 'a' }]))).to.equal(false);
    expect(bearerAuthRequired(withRouting({ enableBearerAuth: true }))).to.equal(true);
  });
});
