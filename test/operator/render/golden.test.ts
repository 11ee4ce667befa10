import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { dump } from 'js-yaml';
import { canonicalJson, shortHash } from '../../../operator/render/canonical-json.ts';
import { render } from '../../../operator/render/render.ts';
import { FEATURES, inputOf } from './inputs.ts';
import { ofKind, templateOf } from './objects.ts';

const FOLDER = join(import.meta.dirname, 'golden');
const UPDATE = process.env.UPDATE_GOLDEN === '1';

/** With UPDATE_GOLDEN=1 the file is written anew; what changed is then for the reviewer to see. */
function compareWithFile(file: string, text: string): void {
  const path = join(FOLDER, file);
  if (UPDATE) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(path, text);
  }
  expect(existsSync(path), `${path} is missing: run with UPDATE_GOLDEN=1`).to.equal(true);
  expect(text).to.equal(readFileSync(path, 'utf8'));
}

const documents = (objects: readonly unknown[]) =>
  objects.map((object) => dump(object, { lineWidth: 120, noRefs: true })).join('---\n');

describe('rendered manifests', () => {
  for (const [feature, spec] of Object.entries(FEATURES)) {
    it(`of ${feature} change only when somebody means it`, () => {
      const { manifests, problems } = render(inputOf(spec));
      expect(problems).to.eql([]);
      compareWithFile(`${feature}.yaml`, documents(manifests));
    });
  }

  it('have Pod templates whose hashes change only when somebody means it: each change restarts every Pod at an upgrade', () => {
    const hashes = Object.entries(FEATURES).flatMap(([feature, spec]) =>
      ofKind(render(inputOf(spec)).manifests, 'Deployment').map((deployment) => [
        `${feature}/${deployment.metadata.name}`,
        shortHash(canonicalJson(templateOf(deployment))),
      ]),
    );
    compareWithFile('template-hashes.yaml', dump(Object.fromEntries(hashes)));
  });

  it('have no golden file that no test compares', () => {
    const expected = [...Object.keys(FEATURES), 'template-hashes'].map((name) => `${name}.yaml`).sort();
    expect(readdirSync(FOLDER).sort()).to.eql(expected);
  });
});
