import { lineAndColumn, parseJsonc } from '../../settings/jsonc.ts';
import type { RenderInput, SpecProblem } from './input.ts';
import { isMap, type JsonMap, mapOf } from './json-map.ts';
import { contentOf, settingsReference } from './references.ts';

/** The document that lies under the fields of the spec. */
export interface SettingsSource {
  document: JsonMap;
  /** Whether it came from a Secret, so that nothing of it may be shown. */
  secret: boolean;
  problems: SpecProblem[];
}

/** Reads `settingsFrom`. A document that is not there counts as empty: the missing object is reported elsewhere. */
export function settingsSource({ cluster, references }: RenderInput): SettingsSource {
  const reference = settingsReference(cluster.spec.settingsFrom);
  const text = reference && contentOf(reference, references)?.[reference.key];
  if (reference === undefined || text === undefined) return { document: {}, secret: false, problems: [] };
  const secret = reference.kind === 'Secret';
  const where = `the key "${reference.key}" of the ${reference.kind} "${reference.name}"`;
  const problem = (message: string): SettingsSource => ({
    document: {},
    secret,
    problems: [{ path: reference.path, message: `${where} ${message}` }],
  });
  const { value, fault } = parseJsonc(text);
  if (fault !== undefined) {
    // The reason quotes a word of the text.
    const reason = secret ? '' : `: ${fault.problem}`;
    return problem(
      `is not JSON at line:column ${lineAndColumn(text, fault.offset)}${reason}; write a mcp_settings.json`,
    );
  }
  if (!isMap(value)) return problem('is not an object; write a mcp_settings.json: { "mcpServers": { ... } }');
  const wrong = ['mcpServers', 'systemConfig'].find((key) => value[key] !== undefined && !isMap(value[key]));
  if (wrong !== undefined) return problem(`has a "${wrong}" that is not an object; write { "${wrong}": { ... } }`);
  return { document: value, secret, problems: [] };
}

/** Names of all servers: those of `settingsFrom`, then those of the spec. */
export function serverNames(document: JsonMap, servers: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...Object.keys(mapOf(document.mcpServers)), ...Object.keys(servers)])];
}
