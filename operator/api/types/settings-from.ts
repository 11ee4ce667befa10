// Made from operator/api/schema by "npm run generate": change that, not this.

/** An existing mcp_settings.json. */
export interface SettingsSourceSpec {
  /** In a ConfigMap. */
  configMapKeyRef?: ConfigMapSettingsReference;
  /** In a Secret; for settings that contain secrets. */
  secretKeyRef?: SecretSettingsReference;
}

/** A key of a ConfigMap with an mcp_settings.json. */
export interface ConfigMapSettingsReference {
  /** Name of the ConfigMap, in the namespace of the McpHubCluster. */
  name: string;
  /** Key within its data. Default "mcp_settings.json". */
  key?: string;
}

/** A key of a Secret with an mcp_settings.json. */
export interface SecretSettingsReference {
  /** Name of the Secret, in the namespace of the McpHubCluster. */
  name: string;
  /** Key within its data. Default "mcp_settings.json". */
  key?: string;
}
