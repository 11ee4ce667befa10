import type { Client } from '@modelcontextprotocol/client';

/** What a server offers, by the list; a list that it does not have is empty. */
export interface Offer {
  tools: unknown[];
  prompts: unknown[];
  resources: unknown[];
  templates: unknown[];
}

/** Reads all pages of all lists. */
export async function offerOf(client: Client): Promise<Offer> {
  const capabilities = client.getServerCapabilities() ?? {};
  const { tools, prompts, resources } = capabilities;
  return {
    tools: tools ? await all((cursor) => client.listTools(cursor), 'tools') : [],
    prompts: prompts ? await all((cursor) => client.listPrompts(cursor), 'prompts') : [],
    resources: resources ? await all((cursor) => client.listResources(cursor), 'resources') : [],
    templates: resources
      ? await all((cursor) => client.listResourceTemplates(cursor), 'resourceTemplates').catch(() => [])
      : [],
  };
}

async function all(page: (params: { cursor?: string }) => Promise<object>, field: string): Promise<unknown[]> {
  const items: unknown[] = [];
  let cursor: string | undefined;
  do {
    const result = (await page(cursor === undefined ? {} : { cursor })) as Record<string, unknown>;
    items.push(...(result[field] as unknown[]));
    cursor = result.nextCursor as string | undefined;
  } while (cursor !== undefined);
  return items;
}

/** What a call comes to: its result, or its error. */
export async function outcomeOf(
  client: Client,
  call: { name: string; arguments: Record<string, unknown> },
): Promise<unknown> {
  try {
    const { content, structuredContent, isError } = await client.callTool(call);
    return { content, structuredContent, isError };
  } catch (error) {
    return { error: (error as { code?: unknown }).code };
  }
}
