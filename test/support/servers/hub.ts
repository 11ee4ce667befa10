import { fileURLToPath } from 'node:url';
import { parseSettings } from '../../../settings/load.ts';
import type { ServerConfig, Settings } from '../../../settings/schema.ts';
import type { SettingsListener, SettingsSource } from '../../../settings/store.ts';

const ECHO = fileURLToPath(new URL('hub-echo.ts', import.meta.url));

/** The settings entry of an echo server; flags without their dashes. */
export function echoServer(flags: readonly string[] = [], more: Partial<ServerConfig> = {}): ServerConfig {
  return { command: process.execPath, args: [ECHO, ...flags.map((flag) => `--${flag}`)], ...more };
}

/** Settings that a test changes at once, without a file. */
export function changeableSettings(first: object): SettingsSource & { change(next: object): Settings } {
  const listeners = new Set<SettingsListener>();
  let current = parseSettings(first);
  return {
    get current() {
      return current;
    },
    problem: undefined,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    change(next) {
      const previous = current;
      current = parseSettings(next);
      for (const listener of [...listeners]) listener(current, previous);
      return current;
    },
  };
}
