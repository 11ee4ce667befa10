import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Builder } from './tools.ts';

/** The stages that a Dockerfile names, in order. */
export function stagesOf(dockerfile: string): string[] {
  return [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map((match) => match[1] ?? '');
}

/**
 * Builds every stage of the project's Dockerfile as `mcphub-STAGE:test`. Also those that only others copy from: without
 * a name they would be removed with what later builds replaced, and be built anew each time.
 * @param args build arguments
 */
export async function buildStages(builder: Builder, root: string, args: Record<string, string> = {}): Promise<void> {
  for (const stage of stagesOf(readFileSync(join(root, 'Dockerfile'), 'utf8'))) {
    await builder.build(stage, `mcphub-${stage}:test`, root, args);
  }
}
