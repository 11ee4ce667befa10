import type { ItemOverride, ItemSelection } from '../../settings/targets.ts';
import type { Policy } from './policy.ts';
import { meaningsOf, normalUri } from './same-uri.ts';
import { matchesTemplate } from './uri-template.ts';

/**
 * The policy of resources and templates, which keep their URIs. What is shown must be allowed in the spelling that all URIs of its
 * meaning share; what is hidden stays hidden for all that a server may take a URI for.
 */
export function resourcePolicy(
  overrides: Record<string, ItemOverride> | undefined,
  selection: ItemSelection | undefined,
): Policy {
  const isListed = Array.isArray(selection) ? keysOf(selection) : undefined;
  const ofServer = finder(overrides ?? {});
  const ofGroup = finder(Array.isArray(selection) ? {} : (selection ?? {}));
  return {
    rule(own) {
      const meanings = meaningsOf(own);
      const [server, group] = [ofServer(meanings), ofGroup(meanings)];
      const enabled = group?.enabled ?? server?.enabled ?? true;
      return {
        enabled: enabled && (isListed === undefined || isListed(normalUri(own))),
        name: own,
        description: group?.description ?? server?.description,
      };
    },
    candidates: (shown) => [shown],
  };
}

/**
 * What is said of the URI itself, else what hides any of its meanings, else what is said of it by a URI template, which stands for
 * all URIs that it describes.
 */
function finder(overrides: Record<string, ItemOverride>): (meanings: readonly string[]) => ItemOverride | undefined {
  const said = new Map<string, ItemOverride>();
  for (const [key, override] of Object.entries(overrides)) {
    const uri = normalUri(key);
    if (said.get(uri)?.enabled !== false) said.set(uri, override);
  }
  if (said.size === 0) return () => undefined;
  const templates = [...said].filter(([key]) => key.includes('{'));
  const find = (uri: string) => said.get(uri) ?? templates.find(([template]) => matchesTemplate(template, uri))?.[1];
  return (meanings) => {
    const [itself = ''] = meanings;
    const exact = said.get(itself);
    if (exact !== undefined) return exact;
    const found = meanings.map(find);
    return found.find((override) => override?.enabled === false) ?? found[0];
  };
}

function keysOf(uris: readonly string[]): (uri: string) => boolean {
  const keys = new Set(uris.map(normalUri));
  const templates = [...keys].filter((key) => key.includes('{'));
  return (uri) => keys.has(uri) || templates.some((template) => matchesTemplate(template, uri));
}
