import type { BearerKey, Settings } from './schema.ts';

type Keys = Pick<Settings, 'bearerKeys'> & { systemConfig: Pick<Settings['systemConfig'], 'routing'> };

/**
 * The keys that open the MCP endpoints: the enabled ones of `bearerKeys`, and the older
 * `systemConfig.routing.bearerAuthKey`, which has access to everything.
 */
export function enabledBearerKeys(settings: Keys): BearerKey[] {
  const keys = settings.bearerKeys.filter((key) => key.enabled);
  const legacy = settings.systemConfig.routing.bearerAuthKey;
  if (legacy !== '' && !keys.some((key) => key.token === legacy)) {
    keys.push({ id: 'bearerAuthKey', name: 'bearerAuthKey', token: legacy, enabled: true, accessType: 'all' });
  }
  return keys;
}

/**
 * Whether clients must show a key: as `systemConfig.routing.enableBearerAuth` says, and where it says nothing, as soon as
 * an enabled key exists. With `true` and no key, nobody gets in.
 */
export function bearerAuthRequired(settings: Keys): boolean {
  return settings.systemConfig.routing.enableBearerAuth ?? enabledBearerKeys(settings).length > 0;
}
