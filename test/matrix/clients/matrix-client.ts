/** What the matrix does with every client, whatever library it is made of. */
export interface MatrixClient {
  /** @returns the text of the result @throws what the client throws for an error */
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<string>;
  toolNames(): Promise<string[]>;
  /** From now on {@link heard} tells of the tools. */
  followTools(): Promise<void>;
  /** From now on {@link heard} tells of the resource. */
  followResource(uri: string): Promise<void>;
  /** What it heard so far: `tools`, or the URI of a resource that was updated. */
  readonly heard: readonly string[];
  close(): Promise<void>;
}

export interface CallOptions {
  onProgress?: (step: number) => void;
  /** Aborting it cancels the call. */
  signal?: AbortSignal;
}

/** What a server or a route may lose. */
export const FEATURES = ['call', 'progress', 'cancel', 'elicit', 'list change', 'resource update'] as const;
export type Feature = (typeof FEATURES)[number];

/** The name that each client gives when it is asked for one. */
export const CLIENT_NAME = 'Ada';
export const CLIENT_INFO = { name: 'matrix', version: '1.0.0' };

/** A client of the matrix. */
export interface Driver {
  /** As the table has it. */
  title: string;
  /** What it cannot do by its nature, and why; not tried. */
  cannot: Partial<Record<Feature, string>>;
  /** @param route such as `''` or `/server`, behind `/mcp` or `/sse` */
  open(base: string, route: string): Promise<MatrixClient>;
}
