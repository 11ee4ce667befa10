import type { Item } from '../catalog/lists.ts';
import type { Hosted } from '../hosts.ts';

/** Bare names of the tools whose calls may be sent twice, if the settings trust the server's word for that. */
export function retryableTools(hosted: Hosted | undefined, separator: string): string[] {
  if (hosted?.config.retryReadOnly !== true) return [];
  // Coordinators compare names as clients know them; a renamed tool would lend its old name to another.
  if (Object.values(hosted.config.tools ?? {}).some(({ name }) => name !== undefined)) return [];
  const tools = hosted.catalog.peek('tools') ?? [];
  const others = new Set(tools.flatMap((tool) => (isRetryable(tool) ? [] : String(tool.name))));
  return tools.flatMap((tool) => {
    const name = String(tool.name);
    // On the server's own route its prefix may stand before a name, or be part of that of another tool.
    return isRetryable(tool) && !others.has(`${hosted.name}${separator}${name}`) ? name : [];
  });
}

function isRetryable({ annotations }: Item): boolean {
  const { readOnlyHint, idempotentHint } = (annotations ?? {}) as { readOnlyHint?: unknown; idempotentHint?: unknown };
  return readOnlyHint === true || idempotentHint === true;
}
