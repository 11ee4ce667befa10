import { SettingsError } from '../../settings/errors.ts';
import { settingsFromText } from '../../settings/load.ts';
import { REVISION_VARIABLE } from '../../settings/variables.ts';
import { specProblem } from '../api/settings-problems.ts';
import type { McpHubClusterSpec } from '../api/types.ts';
import { canonicalJson, shortHash } from './canonical-json.ts';
import { SETTINGS_KEY, VARIABLES_KEY } from './defaults.ts';
import type { SpecProblem } from './input.ts';
import { type JsonMap, mapOf } from './json-map.ts';
import { type Manifest, manifest, type RenderContext, type Role } from './manifest.ts';
import type { SettingsDocument } from './settings-document.ts';

/** The objects that hold the settings of a role. Both are mounted by one volume, so that a Pod sees both change at once. */
export interface SettingsObjects {
  /** The variables first: settings never name one that is not there yet. */
  manifests: [secret: Manifest, configMap: Manifest];
  revision: string;
  problems: SpecProblem[];
}

/**
 * Secret and ConfigMap of a role.
 *
 * @param secret whether the settings themselves may hold secrets, and so go into the Secret
 */
export function settingsObjects(
  context: RenderContext,
  { role, name, secret }: { role: Role; name: string; secret: boolean },
  document: SettingsDocument,
): SettingsObjects {
  const revision = shortHash(canonicalJson([JSON.stringify(document.settings), document.variables]));
  const text = `${JSON.stringify(withRevision(document.settings, revision), null, 2)}\n`;
  const settings = { [SETTINGS_KEY]: text };
  const variables = {
    [VARIABLES_KEY]: `${canonicalJson({ ...document.variables, [REVISION_VARIABLE]: revision })}\n`,
  };
  const secrets = secret ? { ...variables, ...settings } : variables;
  const encoded = Object.entries(secrets).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return {
    manifests: [
      manifest(
        context,
        { apiVersion: 'v1', kind: 'Secret', name, role },
        { type: 'Opaque', data: Object.fromEntries(encoded) },
      ),
      manifest(context, { apiVersion: 'v1', kind: 'ConfigMap', name, role }, secret ? {} : { data: settings }),
    ],
    revision,
    problems: refusals(context.spec, text, document),
  };
}

function withRevision(settings: JsonMap, revision: string): JsonMap {
  const system = mapOf(settings.systemConfig);
  return { ...settings, systemConfig: { ...system, cluster: { ...mapOf(system.cluster), revision } } };
}

/** What the hub itself would refuse at its start, whole or one entry, so that the Pods that run never meet it. */
function refusals(spec: McpHubClusterSpec, text: string, { settings, variables }: SettingsDocument): SpecProblem[] {
  try {
    const { faults } = settingsFromText(text, variables);
    return faults.map((problem) => specProblem(spec, settings, problem));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map((problem) => specProblem(spec, settings, problem));
  }
}
