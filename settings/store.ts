import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { clusterModeOf } from './cluster-mode.ts';
import { settingsDiff } from './diff.ts';
import { SettingsError } from './errors.ts';
import type { Environ } from './expand.ts';
import { type LoadedSettings, loadSettings, settingsFromText } from './load.ts';
import { readSettingsFile } from './read.ts';
import type { Settings } from './schema.ts';
import { variablesPath } from './variables.ts';
import { type WatchOptions, watchFile } from './watch.ts';

export type SettingsListener = (next: Settings, previous: Settings) => void;

/** The settings in force, which may change while the process runs. */
export interface SettingsSource {
  readonly current: Settings;
  /** Why the newest version of the file was refused; the settings before it stay in force. */
  readonly problem: string | undefined;
  /** Calls the listener after each change, with `current` already the next one. Returns what ends that. */
  onChange(listener: SettingsListener): () => void;
}

export interface OpenSettingsOptions extends WatchOptions {
  /** Of the file; undefined means empty settings that never change. The file may appear later. */
  path: string | undefined;
  env: Environ;
  log?: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** Settings that never change, for tests and for embedding. */
export function fixedSettings(settings: Settings): SettingsSource {
  return { current: settings, problem: undefined, onChange: () => () => {} };
}

/**
 * Loads the settings and follows their file. A version that is not valid is refused as a whole: the settings before it
 * stay in force, `problem` says why, and the log has it once.
 *
 * @throws SettingsError when the settings at the start cannot be used
 */
export function openSettings(options: OpenSettingsOptions): SettingsSource & { close(): void } {
  return new SettingsStore(options);
}

class SettingsStore implements SettingsSource {
  current: Settings;
  problem: string | undefined;
  readonly #options: OpenSettingsOptions;
  readonly #listeners = new Set<{ call: SettingsListener }>();
  readonly #unwatch: (() => void)[];
  /** The text that was last read, good or bad; undefined until the file is there. */
  #seen: string | undefined;

  constructor(options: OpenSettingsOptions) {
    this.#options = options;
    const { path, env } = options;
    this.#seen = path === undefined ? undefined : readSettingsFile(path);
    const loaded = this.#seen === undefined ? loadSettings(path, env) : settingsFromText(this.#seen, env, path);
    this.current = loaded.settings;
    this.#warn(loaded);
    this.#unwatch = path === undefined ? [] : this.#watch(path);
  }

  onChange(listener: SettingsListener): () => void {
    const entry = { call: listener };
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  close(): void {
    for (const unwatch of this.#unwatch) unwatch();
    this.#listeners.clear();
  }

  /** The settings, and the variables in them. */
  #watch(path: string): (() => void)[] {
    const files = [path, variablesPath(this.#options.env) ?? path];
    return [...new Set(files)].map((file) => watchFile(file, () => this.#reload(path), this.#options));
  }

  #reload(path: string): void {
    try {
      const text = readSettingsFile(path);
      if (text === undefined && this.#seen === undefined) return;
      if (text === undefined) throw new SettingsError('MCPHUB_SETTINGS_UNREADABLE', ['the file is gone'], path);
      const repeated = text === this.#seen;
      this.#seen = text;
      const loaded = settingsFromText(text, this.#options.env, path);
      if (!repeated) this.#warn(loaded);
      if (this.problem !== undefined) this.#options.log?.info({ file: path }, 'Settings are valid again');
      this.problem = undefined;
      this.#apply(loaded.settings);
    } catch (error) {
      this.#refuse(error, path);
    }
  }

  #refuse(error: unknown, path: string): void {
    const problem = error instanceof Error ? error.message : String(error);
    if (problem === this.problem) return;
    this.problem = problem;
    const fields = error instanceof SettingsError ? { code: error.code, problems: error.problems } : { err: error };
    this.#options.log?.error({ file: path, ...fields }, 'Settings refused; the previous ones stay in force');
  }

  #apply(next: Settings): void {
    const previous = this.current;
    if (isDeepStrictEqual(previous, next)) return;
    this.current = next;
    const { log, path } = this.#options;
    log?.info({ file: path, ...settingsDiff(previous.mcpServers, next.mcpServers) }, 'Settings reloaded');
    if (clusterModeOf(previous) !== clusterModeOf(next)) {
      log?.warn({ mode: clusterModeOf(next) }, 'The changed cluster mode takes effect at the next start');
    }
    for (const { call } of [...this.#listeners]) {
      try {
        call(next, previous);
      } catch (error) {
        log?.error({ err: error }, 'A part of this process failed to take over changed settings');
      }
    }
  }

  #warn({ faults, warnings }: LoadedSettings): void {
    for (const problem of faults) {
      this.#options.log?.error(
        { file: this.#options.path, problem },
        'Entry of the settings refused; it is not served',
      );
    }
    for (const warning of warnings) this.#options.log?.warn({ file: this.#options.path, warning }, 'Settings warning');
  }
}
