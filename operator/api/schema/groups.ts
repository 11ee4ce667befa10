import { list, object, type Shape, text } from './field.ts';

const GROUP: Shape = {
  name: 'GroupSpec',
  description: 'Servers that clients reach together at `/mcp/<name>`.',
  open: true,
  fields: {
    id: text('Clients may use it instead of the name; it stays the same when the name changes. Absent: the name.', {
      minLength: 1,
      maxLength: 128,
    }),
    name: text('Name of the group, unique.', { required: true, minLength: 1, maxLength: 128 }),
    description: text('Shown to people.', { maxLength: 4096 }),
    servers: list(
      'Its servers. Names must be keys of `mcpServers`, here or in `settingsFrom`.',
      {
        kind: 'any',
        description:
          'Name of a server, or an object with `name` and, as wanted, `alias`, `tools`, `prompts` and `resources`, which choose what is shown.',
        tsType: 'string | { name: string; [key: string]: unknown }',
      },
      { maxItems: 256, merge: 'atomic' },
    ),
  },
};

export const groups = list('Groups of servers, as in mcp_settings.json.', object('A group.', GROUP), {
  maxItems: 128,
  merge: { keys: ['name'] },
  rules: [
    {
      rule: 'self.all(one, !has(one.id) || self.exists_one(other, has(other.id) && other.id == one.id))',
      message: 'two groups have the same id; give each its own, or leave id out (the name then counts)',
    },
  ],
});
