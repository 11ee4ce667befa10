import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { z } from 'zod';
import { DEFAULTS } from '../../settings/defaults.ts';
import { readEnvironment } from '../../settings/environment.ts';
import { settingsFromText } from '../../settings/load.ts';
import { settingsSchema } from '../../settings/schema.ts';

const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');

/** First cell, without backticks, to the other cells. */
const rows = new Map(
  [...page.matchAll(/^\| `([^`]+)` \|(.+)\|$/gm)].map(([, key = '', cells = '']) => [
    key,
    cells.split(' | ').map((cell) => cell.trim()),
  ]),
);

/** Every leaf of the schema to its default, undefined where it has none. */
const leaves = new Map<string, unknown>();

function walk(schema: z.core.$ZodType, path: string, value: unknown): void {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
      return walk(def.innerType, path, value);
    case 'default':
    case 'prefault':
      return walk(def.innerType, path, value ?? def.defaultValue);
    case 'pipe':
      return walk(def.in, path, value);
    case 'object':
      return Object.entries(def.shape).forEach(([key, child]) => {
        walk(child, path === '' ? key : `${path}.${key}`, undefined);
      });
    case 'union': {
      const branch = def.options.find((option) => inside(option) === 'object');
      return branch === undefined ? note(path, value) : walk(branch, path, value);
    }
    case 'record':
      return inside(def.valueType) === 'object' ? walk(def.valueType, `${path}.<name>`, undefined) : note(path, value);
    case 'array':
      // Lists at the top have a section of their own instead of a row.
      if (path.includes('.') || inside(def.element) !== 'object') note(path, value);
      return inside(def.element) === 'object' ? walk(def.element, `${path}[]`, undefined) : undefined;
    default:
      return note(path, value);
  }
}

function note(path: string, value: unknown): void {
  leaves.set(path, value);
}

/** The type of what a schema wraps; of a union, `object` where one of its options is. */
function inside(schema: z.core.$ZodType): string {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'union') return def.options.some((option) => inside(option) === 'object') ? 'object' : 'union';
  return 'innerType' in def ? inside(def.innerType) : def.type;
}

/** Defaults that the schema leaves to the code. */
const IN_CODE: Record<string, unknown> = {
  'mcpServers.<name>.idleTimeoutMs': DEFAULTS.idleTimeoutMs,
  'mcpServers.<name>.options.timeout': DEFAULTS.requestTimeout,
};

function written(value: unknown): string {
  if (value === '') return 'empty';
  if (value === Number.POSITIVE_INFINITY) return 'none';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

describe('docs/settings.md', () => {
  before(() => walk(settingsSchema, '', undefined));

  it('names every key of the schema, and no key that does not exist', () => {
    expect(leaves.size).to.be.above(50);
    const documented = [...rows.keys()].filter((key) => /[.[]/.test(key));
    expect(documented.toSorted()).to.deep.equal([...leaves.keys()].toSorted());
  });

  it('names the defaults that the code has', () => {
    for (const [key, value] of [...leaves, ...Object.entries(IN_CODE)]) {
      if (value !== undefined) expect(rows.get(key)?.[1], key).to.equal(written(value));
    }
  });

  it('names every variable of the environment, and no other', () => {
    const read = new Set<string>();
    readEnvironment(
      new Proxy(
        {},
        {
          get(_, name) {
            read.add(String(name));
            return undefined;
          },
        },
      ),
    );
    const documented = [...rows.keys()].filter((key) => /^[A-Z_]+$/.test(key));
    expect(documented.toSorted()).to.deep.equal([...read].toSorted());
    expect(rows.get('PORT')?.[0]).to.equal(`\`${DEFAULTS.port}\``);
    expect(rows.get('METRICS_PORT')?.[0]).to.contain(`\`${DEFAULTS.opsPort}\``);
    expect(rows.get('LOG_LEVEL')?.[0]).to.equal(`\`${DEFAULTS.logLevel}\``);
  });

  it('shows an example that works', () => {
    const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const { settings, warnings } = settingsFromText(example, { SEARCH_KEY: 'k', CLUSTER_TOKEN: 't' });
    expect(settings.mcpServers).to.have.keys('memory', 'search');
    expect(warnings).to.deep.equal([]);
  });
});
