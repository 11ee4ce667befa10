import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { helm } from '../test/support/kubectl-layer.ts';
import { CHART, ROOT } from './chart.ts';
import { operatorManifest } from './operator-manifest.ts';
import { chartReadme } from './readme.ts';
import { crdTemplates } from './sync-crds.ts';

// Makes what follows from other files anew: the chart's definitions, its README, and the manifest for kubectl.
for (const [path, text] of crdTemplates()) writeFileSync(join(CHART, path), text);
writeFileSync(join(CHART, 'README.md'), chartReadme());
writeFileSync(join(ROOT, 'examples/kubernetes/operator.yaml'), operatorManifest(helm(4)));
