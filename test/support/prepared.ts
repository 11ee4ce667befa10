import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const CACHE = process.env.MCPHUB_TEST_CACHE ?? join(homedir(), '.cache', 'mcphub-tests');

/**
 * A folder of the cache, made if it is not there. What is half made never gets its name; whoever is second takes what is there.
 * @returns undefined when it cannot be made
 */
export async function prepared(name: string, make: (folder: string) => Promise<void>): Promise<string | undefined> {
  const folder = join(CACHE, name);
  if (existsSync(join(folder, 'ready'))) return join(folder, 'ready');
  try {
    await mkdir(folder, { recursive: true });
    // A virtual environment has its own path in its programs, so it is made where it stays: below a name of its own.
    const fresh = await mkdtemp(join(folder, 'made-'));
    await make(fresh).catch(async (error: unknown) => {
      await rm(fresh, { recursive: true, force: true });
      throw error;
    });
    await symlink(fresh, `${fresh}.link`);
    await rename(`${fresh}.link`, join(folder, 'ready'));
    return join(folder, 'ready');
  } catch (error) {
    process.stdout.write(`  NOTICE: ${name} could not be prepared: ${(error as Error).message.slice(0, 500)}\n`);
    return undefined;
  }
}
