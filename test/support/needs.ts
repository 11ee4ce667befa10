import type { Context } from 'mocha';

/**
 * Skips a test or a suite on a machine that lacks what it needs, with a notice; with CI=true that is a failure, since
 * there a test that does not run would go unnoticed.
 * @param what completes "not run here: this needs ..."
 */
export function needs(context: Context, available: boolean, what: string): void {
  if (available) return;
  if (process.env.CI === 'true') throw new Error(`with CI=true this must run, and it needs ${what}`);
  process.stdout.write(`  NOTICE: not run here: this needs ${what}\n`);
  context.skip();
}
