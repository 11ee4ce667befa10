import type { Example } from './example.ts';

const secretKeyRef = { name: 'secret', key: 'token' };
const key = (fields: object) => ({ auth: { bearerKeys: [{ name: 'ci', secretKeyRef, ...fields }] } });

export const ACCESS: Example[] = [
  {
    message: 'two groups have the same id',
    accepted: [
      {
        groups: [{ name: 'a', id: '1' }, { name: 'b', id: '2' }, { name: 'c', id: '3' }, { name: 'd' }, { name: 'e' }],
      },
    ],
    refused: [
      {
        groups: [
          { name: 'a', id: '1' },
          { name: 'b', id: '1' },
        ],
      },
    ],
  },
  {
    message: 'accessType is all',
    accepted: [key({}), key({ accessType: 'all' })],
    refused: [key({ allowedGroups: ['dev'] }), key({ accessType: 'all', allowedServers: ['one'] })],
  },
  {
    message: 'accessType: groups needs',
    accepted: [key({ accessType: 'groups', allowedGroups: ['dev'] })],
    refused: [
      key({ accessType: 'groups' }),
      key({ accessType: 'groups', allowedGroups: ['dev'], allowedServers: ['one'] }),
    ],
  },
  {
    message: 'accessType: servers needs',
    accepted: [key({ accessType: 'servers', allowedServers: ['one'] })],
    refused: [key({ accessType: 'servers' }), key({ accessType: 'servers', allowedGroups: ['dev'] })],
  },
  {
    message: 'accessType: custom needs',
    accepted: [
      key({ accessType: 'custom', allowedServers: ['one'] }),
      key({ accessType: 'custom', allowedGroups: ['dev'] }),
    ],
    refused: [key({ accessType: 'custom' })],
  },
  {
    message: 'write exactly one of configMapKeyRef',
    accepted: [
      { settingsFrom: { secretKeyRef: { name: 'a' } } },
      { settingsFrom: { configMapKeyRef: { name: 'a', key: 'k' } } },
    ],
    refused: [{ settingsFrom: {} }, { settingsFrom: { secretKeyRef: { name: 'a' }, configMapKeyRef: { name: 'b' } } }],
  },
  {
    message: 'a name of a cookie has',
    accepted: [{ stickySession: { cookieName: "a!#$%&'*+.^_`|~-Z9" } }],
    refused: [
      { stickySession: { cookieName: 'a b' } },
      { stickySession: { cookieName: 'a;b' } },
      { stickySession: { cookieName: 'a\nb' } },
    ],
  },
];
