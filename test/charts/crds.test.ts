import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { CHART, chartFile, ROOT } from '../../charts/chart.ts';
import { crdTemplate, crdTemplates } from '../../charts/sync-crds.ts';
import { type Manifest, needsHelm, ofKind, render, scenario } from './chart.ts';

const SOURCE = load(readFileSync(join(ROOT, 'crds/mcphubclusters.mcphub.io.yaml'), 'utf8')) as Manifest;

describe('the definitions in the chart', () => {
  it('are those of crds/, all of them: run node charts/generate.ts', () => {
    const templates = crdTemplates();
    const present = readdirSync(join(CHART, 'templates/crds')).map((name) => `templates/crds/${name}`);
    expect(present.sort()).to.eql([...templates.keys()].sort());
    for (const [path, text] of templates) expect(chartFile(path), path).to.equal(text);
  });

  it('are rendered to what they were, with Helm 3 and Helm 4', async function () {
    needsHelm(this);
    for (const helm of [3, 4] as const) {
      const [crd] = ofKind(await render({ helm }), 'CustomResourceDefinition');
      expect(crd?.spec).to.eql(SOURCE.spec);
      expect(crd?.metadata.name).to.equal(SOURCE.metadata.name);
    }
  });

  it('stay when the release goes, unless that is not wanted', async function () {
    needsHelm(this);
    const policy = async (name: string) => {
      const [crd] = ofKind(await scenario(name), 'CustomResourceDefinition');
      return crd?.metadata.annotations?.['helm.sh/resource-policy'];
    };
    expect(await policy('default')).to.equal('keep');
    expect(await policy('crds-not-kept')).to.equal(undefined);
    expect(ofKind(await scenario('crds-elsewhere'), 'CustomResourceDefinition')).to.eql([]);
  });

  it('keep what looks like a template, and annotations that they have', () => {
    const text = 'apiVersion: v1\nmetadata:\n  annotations:\n    a: b\n  name: x\nspec: {d: "{{ .Values }}"}\n';
    expect(crdTemplate(text).split('\n')).to.eql([
      '{{- if .Values.crds.enabled }}',
      'apiVersion: v1',
      'metadata:',
      '  annotations:',
      '    {{- if .Values.crds.keep }}',
      '    helm.sh/resource-policy: keep',
      '    {{- end }}',
      '    a: b',
      '  name: x',
      '  labels:',
      '    {{- include "mcphub-operator.labels" . | nindent 4 }}',
      'spec: {d: "{{ "{{" }} .Values {{ "}}" }}"}',
      '{{- end }}',
      '',
    ]);
    expect(() => crdTemplate('metadata: {}\n')).to.throw('no metadata in block style');
    expect(() => crdTemplate('metadata:\n  labels:\n    a: b\n')).to.throw('has labels');
  });
});
