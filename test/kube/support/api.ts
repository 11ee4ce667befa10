import { Agent, request } from 'undici';

/** What an API server answered; `body` is JSON where it can be read as such. */
export interface ApiAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there.
  body: any;
}

/** An answer other than 2xx where one was asked for. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly answer: ApiAnswer;

  constructor(call: string, answer: ApiAnswer) {
    super(`${call}: ${answer.status} ${JSON.stringify(answer.body)}`);
    this.answer = answer;
  }
}

/** Milliseconds for one call. */
const LIMIT = 20_000;

/** Plain calls to an API server, for tests: nothing of the operator's own client is in it. */
export class Api {
  readonly #server: string;
  readonly #token: string;
  readonly #agent: Agent;

  constructor(server: string, ca: string, token: string) {
    this.#server = server;
    this.#token = token;
    this.#agent = new Agent({ connect: { ca, timeout: LIMIT }, allowH2: false });
  }

  /**
   * @param path with its query, from `/`
   * @param body sent as JSON
   * @param type of the body, such as `application/merge-patch+json`
   * @throws when there is no answer
   */
  async call(method: string, path: string, body?: unknown, type = 'application/json'): Promise<ApiAnswer> {
    const { statusCode, body: stream } = await request(`${this.#server}${path}`, {
      method: method as 'GET',
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${this.#token}`, accept: 'application/json', 'content-type': type },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(LIMIT),
    });
    return { status: statusCode, body: parse(await stream.text()) };
  }

  /** As {@link call}, but for an answer of 2xx. @returns its body @throws ApiRefusal for any other answer */
  async ok(method: string, path: string, body?: unknown, type?: string): Promise<ApiAnswer['body']> {
    const answer = await this.call(method, path, body, type);
    if (answer.status < 300) return answer.body;
    throw new ApiRefusal(`${method} ${path}`, answer);
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
