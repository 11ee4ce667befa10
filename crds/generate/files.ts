import { dump } from 'js-yaml';
import { API } from '../../operator/api/names.ts';
import { customResourceDefinition } from './custom-resource.ts';
import { referencePage } from './reference-page.ts';
import { typeFiles } from './type-script.ts';

/** Every file that is made from `operator/api/schema`: its path from the root of the project, and its text. */
export function generated(): { path: string; text: string }[] {
  const yaml = dump(customResourceDefinition(), { noRefs: true, lineWidth: -1 });
  return [
    {
      path: `crds/${API.plural}.${API.group}.yaml`,
      text: `# Made from operator/api/schema by "npm run generate": change that, not this.\n${yaml}`,
    },
    ...typeFiles(),
    { path: 'docs/kubernetes-api.md', text: referencePage() },
  ];
}
