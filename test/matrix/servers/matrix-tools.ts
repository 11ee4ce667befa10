import { EventEmitter } from 'node:events';

/** What a call can do beside answering, in whatever SDK the server is written. */
export interface Hands {
  progress(step: number, total: number): Promise<void>;
  signal: AbortSignal;
}

interface Announcements {
  /** A tool was added. */
  tools: [];
  updated: [uri: string];
}

const STEPS = 3;
const OBJECT = { type: 'object' as const };
/** Arguments that a client repeats in the headers `Mcp-Param-Region` and `Mcp-Param-Count`. */
const PLACE = {
  type: 'object' as const,
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    count: { type: 'integer', 'x-mcp-header': 'Count' },
  },
};

/** The tools and the resource of every server of the matrix; what the servers differ in is how they are spoken to. */
export class MatrixTools extends EventEmitter<Announcements> {
  readonly name: string;
  readonly uri: string;
  readonly #grown: string[] = [];
  /** By key of the call: whether it still waits. */
  readonly #waits = new Map<string, 'waiting' | 'cancelled'>();
  /** By key of the call: goes on when its client has the last report. */
  readonly #reported = new Map<string, () => void>();
  #touched = 0;

  constructor(name: string) {
    super();
    this.name = name;
    this.uri = `matrix://${name}/note`;
    this.setMaxListeners(0);
  }

  tools(): { name: string; description: string; inputSchema: typeof OBJECT | typeof PLACE }[] {
    const names = ['echo', 'place', 'count', 'seen', 'wait', 'cancelled', 'ask', 'grow', 'touch', ...this.#grown];
    return names.map((name) => ({
      name,
      description: `${name} of the matrix`,
      inputSchema: name === 'place' ? PLACE : OBJECT,
    }));
  }

  resources(): { uri: string; name: string }[] {
    return [{ uri: this.uri, name: 'note' }];
  }

  /** @throws Error for a URI of nobody */
  read(uri: string): { contents: { uri: string; text: string }[] } {
    if (uri !== this.uri) throw new Error(`no resource ${uri}`);
    return { contents: [{ uri, text: `touched ${this.#touched}` }] };
  }

  /** All tools but `ask`, which each protocol has a way of its own for. @returns the text of the result */
  async call(name: string, args: Record<string, unknown>, hands: Hands): Promise<string> {
    if (name === 'echo') return String(args.message);
    if (name === 'place') return `${args.region} ${args.count}`;
    if (name === 'count') return this.#count(args.key, hands);
    if (name === 'seen') return this.#seen(String(args.key));
    if (name === 'wait') return this.#wait(String(args.key), hands.signal);
    if (name === 'cancelled') return this.#waits.get(String(args.key)) ?? 'unknown';
    if (name === 'grow') return this.#grow();
    if (name === 'touch') return this.#touch();
    if (this.#grown.includes(name)) return `${name} answers`;
    throw new Error(`no tool ${name}`);
  }

  /** With a key each report waits until its client has the one before: official clients drop one that comes with the answer. */
  async #count(key: unknown, { progress, signal }: Hands): Promise<string> {
    for (let step = 1; step <= STEPS && !signal.aborted; step++) {
      const seen = key === undefined ? undefined : this.#isSeen(String(key), signal);
      await progress(step, STEPS);
      await seen;
    }
    return `counted to ${STEPS}`;
  }

  #isSeen(key: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#reported.set(key, resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #seen(key: string): string {
    this.#reported.get(key)?.();
    this.#reported.delete(key);
    return 'seen';
  }

  #wait(key: string, signal: AbortSignal): Promise<string> {
    this.#waits.set(key, 'waiting');
    return new Promise((resolve) => {
      const cancelled = () => {
        this.#waits.set(key, 'cancelled');
        resolve('cancelled');
      };
      if (signal.aborted) cancelled();
      else signal.addEventListener('abort', cancelled, { once: true });
    });
  }

  #grow(): string {
    const name = `grown_${this.#grown.length + 1}`;
    this.#grown.push(name);
    this.emit('tools');
    return name;
  }

  #touch(): string {
    this.#touched += 1;
    this.emit('updated', this.uri);
    return `touched ${this.#touched}`;
  }
}

/** What `ask` asks for, and what it makes of the answer. */
export const QUESTION = {
  message: 'Who are you?',
  requestedSchema: {
    type: 'object' as const,
    properties: { name: { type: 'string' as const } },
    required: ['name'],
  },
};

export function greeting(answer: { action?: unknown; content?: unknown } | undefined): string {
  const { name } = (answer?.content ?? {}) as { name?: unknown };
  return answer?.action === 'accept' ? `hello ${String(name)}` : `no name: ${String(answer?.action)}`;
}
