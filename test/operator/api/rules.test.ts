import { expect } from 'chai';
import { API } from '../../../operator/api/names.ts';
import { admit } from './admission.ts';
import { EXAMPLES } from './examples/all.ts';
import { rootSchema, schemasWithin } from './open-api.ts';

const rules = schemasWithin(rootSchema, '').flatMap(({ path, schema }) =>
  (schema['x-kubernetes-validations'] ?? []).map(({ rule, message }) => ({ path, rule, message })),
);

function refusalsOf(example: object | string): string[] {
  const [name, spec] = typeof example === 'string' ? [example, {}] : ['demo', example];
  return admit({ apiVersion: API.apiVersion, kind: API.kind, metadata: { name }, spec }).refusals;
}

describe('the rules of the CRD', () => {
  for (const { message, accepted, refused } of EXAMPLES) {
    it(`lets nobody be refused by mistake, and nothing wrong pass: ${message}`, () => {
      expect(
        rules.filter((rule) => rule.message.startsWith(message)),
        'rules with this message',
      ).not.to.eql([]);
      for (const example of accepted) expect(refusalsOf(example), JSON.stringify(example)).to.eql([]);
      for (const example of refused) {
        const refusals = refusalsOf(example);
        expect(refusals, JSON.stringify(example)).to.have.lengthOf(1);
        expect(refusals[0], JSON.stringify(example))
          .to.match(/^[^:]*: /)
          .and.include(`: ${message}`);
      }
    });
  }

  it('has examples for every rule: none is there untried', () => {
    const untried = rules.filter(({ message }) => !EXAMPLES.some((example) => message.startsWith(example.message)));
    expect(untried).to.eql([]);
    for (const { accepted, refused, message } of EXAMPLES) {
      expect(accepted, message).not.to.eql([]);
      expect(refused, message).not.to.eql([]);
    }
  });

  it('says in every message what to write instead', () => {
    const remedy = /such as|write|set |needs|choose|correct|raise|give|must|let /;
    expect(rules.filter(({ message }) => !remedy.test(message) || message.length > 250)).to.eql([]);
  });

  it('is refused by the structure where a rule would come too late: duplicates, unknown types, missing values', () => {
    const secretKeyRef = { name: 'secret', key: 'token' };
    const wrong: [object, string][] = [
      [{ nodePools: [{ name: 'gpu' }, { name: 'gpu' }] }, '.spec.nodePools[1]: Duplicate value'],
      [{ nodePools: [{ name: 'seventeen-letters' }] }, '.spec.nodePools[0].name: above 16'],
      [{ groups: [{ name: 'a' }, { name: 'a' }] }, '.spec.groups[1]: Duplicate value'],
      [
        { auth: { bearerKeys: ['a', 'a'].map((name) => ({ name, secretKeyRef })) } },
        '.spec.auth.bearerKeys[1]: Duplicate value',
      ],
      [
        { mcpServers: { one: { type: 'openapi', url: 'http://a' } } },
        '.spec.mcpServers.one.type: Unsupported value: "openapi"',
      ],
      [{ mcpServers: { one: { command: 'x', args: [8080] } } }, '.spec.mcpServers.one.args[0]: Invalid type integer'],
      [{ nodes: { replicaz: 3 } }, '.spec.nodes.replicaz: unknown field'],
      [{ nodes: { autoscaling: { cpu: 80 } } }, '.spec.nodes.autoscaling.max: Required value'],
    ];
    for (const [spec, message] of wrong) expect(refusalsOf(spec).join('\n'), JSON.stringify(spec)).to.include(message);
  });
});
