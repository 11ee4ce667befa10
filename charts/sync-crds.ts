import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './chart.ts';

const LABELS = `  labels:
    {{- include "mcphub-operator.labels" . | nindent 4 }}
`;
const KEEP = `    {{- if .Values.crds.keep }}
    helm.sh/resource-policy: keep
    {{- end }}
`;

/**
 * A custom resource definition as a template of the chart. Helm never upgrades what is in a chart's `crds/` folder, so
 * that it has to be a template; one that a value can switch off, and that an uninstall leaves alone.
 * @param crd text of one definition in YAML, whose metadata has no labels
 * @throws Error when the text has no metadata, or has labels
 */
export function crdTemplate(crd: string): string {
  // What looks like a template in a description is text.
  const text = crd.replace(/^---\n/, '').replace(/\{\{|\}\}/g, (braces) => `{{ "${braces}" }}`);
  const block = /^metadata:\n((?: .*\n)+)/m.exec(text);
  if (block === null) throw new Error('the definition has no metadata in block style');
  const [, fields = ''] = block;
  if (/^ {2}labels:/m.test(fields)) throw new Error('the definition has labels, which the chart sets itself');
  const annotated = /^ {2}annotations:\n/m.test(fields)
    ? fields.replace(/^ {2}annotations:\n/m, (line) => `${line}${KEEP}`)
    : `${fields}  {{- if .Values.crds.keep }}\n  annotations:\n    helm.sh/resource-policy: keep\n  {{- end }}\n`;
  const start = block.index + 'metadata:\n'.length;
  const body = `${text.slice(0, start)}${annotated}${LABELS}${text.slice(start + fields.length)}`;
  return `{{- if .Values.crds.enabled }}\n${body.trimEnd()}\n{{- end }}\n`;
}

/** The chart's templates of all definitions in `crds/`, by the path that each has in the chart. */
export function crdTemplates(): Map<string, string> {
  const folder = join(ROOT, 'crds');
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return new Map(
    files.map((name) => [`templates/crds/${name}`, crdTemplate(readFileSync(join(folder, name), 'utf8'))]),
  );
}
