import { choice, flag, list, object, type Shape, text } from './field.ts';
import { KEY_REFERENCE } from './references.ts';

const names = (description: string, item: string) =>
  list(description, text(item, { minLength: 1, maxLength: 128 }), { maxItems: 256, merge: 'set' });

const BEARER_KEY: Shape = {
  name: 'BearerKeySpec',
  description: 'A key with which clients may connect, and to what.',
  fields: {
    name: text('Name of the key, unique. It is also its id in sessions: another name ends the sessions of the key.', {
      required: true,
      minLength: 1,
      maxLength: 128,
    }),
    secretKeyRef: object('Where the token is. A changed Secret is taken over without a restart.', KEY_REFERENCE, {
      required: true,
    }),
    enabled: flag('Whether the key is accepted.', { default: true }),
    accessType: choice(
      'What the key opens: everything, the groups of `allowedGroups`, the servers of `allowedServers`, or (`custom`) both.',
      ['all', 'groups', 'servers', 'custom'],
      { default: 'all' },
    ),
    allowedGroups: names('Groups that the key opens, with `accessType: groups` or `custom`.', 'Name or id of a group.'),
    allowedServers: names('Servers that the key opens, with `accessType: servers` or `custom`.', 'Name of a server.'),
  },
  rules: [
    {
      rule: "self.accessType != 'all' || !(has(self.allowedGroups) || has(self.allowedServers))",
      message:
        'accessType is all, so the key opens everything and its lists would not count; set accessType to groups, servers or custom, or remove the lists',
    },
    {
      rule: "self.accessType != 'groups' || (has(self.allowedGroups) && !has(self.allowedServers))",
      message: 'accessType: groups needs allowedGroups and no allowedServers; for both, set accessType: custom',
    },
    {
      rule: "self.accessType != 'servers' || (has(self.allowedServers) && !has(self.allowedGroups))",
      message: 'accessType: servers needs allowedServers and no allowedGroups; for both, set accessType: custom',
    },
    {
      rule: "self.accessType != 'custom' || has(self.allowedGroups) || has(self.allowedServers)",
      message: 'accessType: custom needs allowedGroups, allowedServers or both; else the key opens nothing',
    },
  ],
};

export const AUTH: Shape = {
  name: 'AuthSpec',
  description: 'Who may connect.',
  fields: {
    bearerKeys: list(
      'Keys with which clients may connect. As soon as one is enabled, every client needs one.',
      object('A key.', BEARER_KEY),
      { maxItems: 64, merge: { keys: ['name'] } },
    ),
  },
};
