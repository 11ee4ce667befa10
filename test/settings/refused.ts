import { SettingsError } from '../../settings/errors.ts';

/** Runs what must be refused, and returns the error that says why. */
export function refused(run: () => unknown): SettingsError {
  try {
    run();
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}
