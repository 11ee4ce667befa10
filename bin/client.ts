import { parseJson } from '../mcp/json.ts';
import { ExitError } from './exit.ts';

export interface ApiAddress {
  /** Where the coordinator listens, with its base path if it has one. */
  url: string;
  /** A bearer key that opens everything, or the cluster token. */
  token?: string | undefined;
  /** Milliseconds; default 10 s. */
  timeout?: number;
}

/**
 * Reads from the management API of a coordinator.
 * @param path below the address, such as `/api/cluster/nodes`
 * @returns the `data` of the reply
 * @throws ExitError that says what failed and what to do about it
 */
export async function readApi<T>(address: ApiAddress, path: string): Promise<T> {
  const url = apiUrl(address.url, path);
  const response = await get(url, address);
  const text = await response.text();
  const reply = parse(text);
  if (response.ok && reply?.success === true) return reply.data as T;
  throw new ExitError(refusal(url, response.status, reply?.message ?? reply?.error_description));
}

interface Reply {
  success?: boolean;
  data?: unknown;
  message?: string;
  error_description?: string;
}

function apiUrl(base: string, path: string): string {
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ExitError(`--url ${base} is not an address; write one such as http://127.0.0.1:3000`, 2);
  }
  return `${url.origin}${url.pathname.replace(/\/$/, '')}${path}`;
}

async function get(url: string, { token, timeout = 10_000 }: ApiAddress): Promise<Response> {
  const headers = { accept: 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  try {
    return await fetch(url, { headers, signal: AbortSignal.timeout(timeout) });
  } catch (error) {
    throw new ExitError(unreachable(url, error, timeout), undefined, { cause: error });
  }
}

function unreachable(url: string, error: unknown, timeout: number): string {
  const { origin } = new URL(url);
  if ((error as Error).name === 'TimeoutError') return `${origin} did not answer within ${timeout / 1000} s`;
  const cause = (error as { cause?: NodeJS.ErrnoException }).cause;
  if (cause?.code === 'ECONNREFUSED') {
    return `nothing listens at ${origin}: start a hub with \`mcphub\` or \`mcphub demo\`, or name another with --url or MCPHUB_URL`;
  }
  if (cause?.code === 'ENOTFOUND') return `there is no host ${new URL(url).hostname}: correct --url or MCPHUB_URL`;
  return `${origin} cannot be reached: ${cause?.message ?? (error as Error).message}`;
}

function parse(text: string): Reply | undefined {
  try {
    const value = parseJson(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function refusal(url: string, status: number, message: string | undefined): string {
  const said = message === undefined ? `status ${status}` : `status ${status}: ${message}`;
  if (status === 401) return `${url} asks for a key (${said}): pass one with --token or MCPHUB_TOKEN`;
  if (status === 403) return `${url} refuses (${said}): use a key that opens everything, and the coordinator's address`;
  if (message === undefined) {
    return `${url} is not the management API of a hub (${said}): correct --url, with the base path if the hub has one`;
  }
  return `${url} failed (${said})`;
}
