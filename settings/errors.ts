/** What can be wrong with settings. The command line ends with exit code 2 on each of them; see docs/errors.md. */
export const SETTINGS_ERRORS = {
  MCPHUB_SETTINGS_UNREADABLE: {
    message: 'The settings file cannot be read',
    remedy: 'Make it a regular file that this process may read, or point MCPHUB_SETTING_PATH at another one.',
  },
  MCPHUB_SETTINGS_JSON: {
    message: 'The settings file is not valid JSON',
    remedy: 'Correct the file at the line and column that the message names.',
  },
  MCPHUB_SETTINGS_INVALID: {
    message: 'The settings are not valid',
    remedy: 'Correct each key that the message lists; docs/settings.md names all keys and their types.',
  },
  MCPHUB_SETTINGS_VARIABLES: {
    message: 'The file of variables cannot be used',
    remedy:
      'Make the file at MCPHUB_VARIABLES_PATH a readable JSON map of texts, such as { "NAME": "value" }, or unset the variable.',
  },
  MCPHUB_SETTINGS_ENVIRONMENT: {
    message: 'The environment is not valid',
    remedy: 'Correct or unset each variable that the message lists; docs/settings.md names all variables.',
  },
} as const;

export type SettingsErrorCode = keyof typeof SETTINGS_ERRORS;

/** Settings that cannot be used. `problems` has one sentence for each thing that is wrong, and what would be right. */
export class SettingsError extends Error {
  readonly code: SettingsErrorCode;
  readonly problems: readonly string[];
  /** The file that was read, where there was one. */
  readonly file: string | undefined;

  constructor(code: SettingsErrorCode, problems: readonly string[], file?: string) {
    const where = file === undefined ? '' : ` (${file})`;
    super(`${SETTINGS_ERRORS[code].message}${where}:${problems.map((problem) => `\n  ${problem}`).join('')}`);
    this.name = 'SettingsError';
    this.code = code;
    this.problems = problems;
    this.file = file;
  }
}
