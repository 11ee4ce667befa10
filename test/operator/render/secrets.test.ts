import { expect } from 'chai';
import fc from 'fast-check';
import type { References } from '../../../operator/render/input.ts';
import type { Manifest } from '../../../operator/render/manifest.ts';
import { render } from '../../../operator/render/render.ts';
import { CONFIG_MAPS, FEATURES, FULL, inputOf, SECRETS } from './inputs.ts';

/** Everything but Secrets: who may read ConfigMaps and Pods may not read those. */
const openText = (manifests: readonly Manifest[]) => JSON.stringify(manifests.filter(({ kind }) => kind !== 'Secret'));

const secretText = fc.string({
  minLength: 16,
  maxLength: 40,
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz$+/='),
});

/** The Secrets of the tests with other values; documents keep their shape. */
function withValues(values: readonly string[]): References['secrets'] {
  let next = 0;
  return Object.fromEntries(
    Object.entries(SECRETS).map(([name, data]) => [
      name,
      Object.fromEntries(
        Object.entries(data).map(([key, text]) => {
          const value = `very-secret-${values[next++]}`;
          return [key, key.endsWith('.json') ? text.replaceAll(/very-secret-\d/g, value) : value];
        }),
      ),
    ]),
  );
}

describe('secrets', () => {
  for (const [feature, spec] of Object.entries(FEATURES)) {
    it(`of ${feature} are in Secrets and nowhere else, whatever they are`, () => {
      fc.assert(
        fc.property(fc.array(secretText, { minLength: 12, maxLength: 12 }), (values) => {
          const input = inputOf(spec, {
            references: { secrets: withValues(values), configMaps: CONFIG_MAPS },
            credentials: { tokens: [`very-secret-${values[10]}`], secrets: [`very-secret-${values[11]}`] },
          });
          const { manifests, problems } = render(input);
          expect(openText(manifests)).to.not.contain('very-secret');
          expect(JSON.stringify(problems)).to.not.contain('very-secret');
        }),
        { numRuns: 25 },
      );
    });
  }

  it('of a document that is not right are not quoted in problems, which go into the status', () => {
    for (const text of [
      '{ "a": very_secret_word }',
      '"very_secret"',
      '{"mcpServers": {"a": {"command": "very_secret", "args": "very_secret"}}}',
      '{"mcpServers": {"a": {"command": "a", "failover": "very_secret"}}}',
      '{"mcpServers": {"a": {"command": 271828}}}',
    ]) {
      const references = { secrets: { settings: { 'mcp_settings.json': text } }, configMaps: {} };
      const { problems } = render(inputOf({ settingsFrom: { secretKeyRef: { name: 'settings' } } }, { references }));
      expect(problems).to.not.eql([]);
      expect(JSON.stringify(problems)).to.not.match(/very_secret|271828/);
    }
  });

  it('that nobody names do not reach a Pod', () => {
    const text = JSON.stringify(
      render(inputOf(FULL))
        .manifests.filter(({ kind }) => kind === 'Secret')
        .map(({ data }) =>
          Object.values(data as Record<string, string>).map((value) => Buffer.from(value, 'base64').toString()),
        ),
    );
    expect(text).to.contain('very-secret-2');
    expect(text).to.not.contain('very-secret-3');
  });
});
