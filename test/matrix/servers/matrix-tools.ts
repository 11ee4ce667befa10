import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

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

/** A client that gets the last report together with the answer may drop it, as the official ones do. */
const BETWEEN_REPORTS = 25;
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
  #touched = 0;

  constructor(name: string) {
    super();
    this.name = name;
    this.uri = `matrix://${name}/note`;
    this.setMaxListeners(0);
  }

  tools(): { name: string; description: string; inputSchema: typeof OBJECT | typeof PLACE }[] {
    const names = ['echo', 'place', 'count', 'wait', 'cancelled', 'ask', 'grow', 'touch', ...this.#grown];
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
    if (name === 'count') return this.#count(hands);
    if (name === 'wait') return this.#wait(String(args.key), hands.signal);
    if (name === 'cancelled') return this.#waits.get(String(args.key)) ?? 'unknown';
    if (name === 'grow') return this.#grow();
    if (name === 'touch') return this.#touch();
    if (this.#grown.includes(name)) return `${name} answers`;
    throw new Error(`no tool ${name}`);
  }

  async #count({ progress }: Hands): Promise<string> {
    for (let step = 1; step <= STEPS; step++) {
      await progress(step, STEPS);
      await pause(BETWEEN_REPORTS);
    }
    return `counted to ${STEPS}`;
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
