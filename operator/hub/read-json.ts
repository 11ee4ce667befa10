import { parseJson as parse } from '../../mcp/json.ts';

const MAX_BYTES = 32 * 1024 * 1024;

/** Why something could not be read from a hub, in a sentence that fits behind "because". */
export class HubError extends Error {
  readonly answered: boolean;

  /** @param answered there was an answer, though not a good one */
  constructor(message: string, answered = true) {
    super(message);
    this.name = 'HubError';
    this.answered = answered;
  }
}

export interface HubRequest {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds for the whole answer. */
  timeout: number;
}

/**
 * One request to a hub.
 * @returns the text of the answer, whatever its status
 * @throws HubError when there is no answer, it takes too long or is too long
 */
export async function askHub(
  url: string,
  { timeout, ...request }: HubRequest,
): Promise<{ status: number; type: string; text: string }> {
  try {
    const response = await fetch(url, { ...request, redirect: 'error', signal: AbortSignal.timeout(timeout) });
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, text: await limited(response) };
  } catch (error) {
    if (error instanceof HubError) throw error;
    throw new HubError(`${new URL(url).origin} ${whatFailed(error as Error, timeout)}`, false);
  }
}

/** A member that is not what it should be must not fill the memory of the operator. */
async function limited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new HubError(`${response.url} answered with more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function whatFailed(error: Error, timeout: number): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  if (error.name === 'TimeoutError') return `did not answer within ${timeout / 1000} s`;
  if (cause?.code === 'ECONNREFUSED') return 'refuses connections';
  if (cause?.code === 'ENOTFOUND') return 'has no address';
  return `cannot be reached (${cause?.code ?? cause?.message ?? error.message})`;
}

/** @throws HubError unless it is JSON */
export function parseJson(url: string, text: string): unknown {
  try {
    return parse(text);
  } catch {
    throw new HubError(`${url} did not answer with JSON`);
  }
}
