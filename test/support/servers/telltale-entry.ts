import { fileURLToPath } from 'node:url';
import type { ServerConfig } from '../../../settings/schema.ts';

const TELLTALE = fileURLToPath(new URL('telltale.ts', import.meta.url));

/** The settings entry of the server that says what it heard; see there for its flags. */
export function telltale(...flags: string[]): ServerConfig {
  return { command: process.execPath, args: [TELLTALE, ...flags] };
}
