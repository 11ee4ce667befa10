import fc from 'fast-check';

/** What became of the cases of one property. */
export interface Outcome {
  cases: number;
  /** The counterexample, the error and the seed, as fast-check tells them; undefined when the property held. */
  failure: string | undefined;
}

/** One thing that must hold for every input. */
export interface Property {
  /** Says what must never happen, or always. */
  readonly name: string;
  /** Its part of 100,000 cases, the smaller the more a case costs. */
  readonly weight: number;
  /** How many cases `npm test` runs. */
  readonly share: number;
  check(cases: number, seed: number): Promise<Outcome>;
}

/** What a property runs against, when that has to be started first. */
export interface Live<T> {
  /** @throws when the property does not hold for this case */
  perform(example: T): Promise<void>;
  /** After a failed case: waits until nothing of it is left that could make the next one fail. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** Milliseconds for finding a smaller counterexample, since each attempt at one that hangs hangs again. */
const SHRINK_TIME = 60_000;

/** A property of functions: nothing to start, thousands of cases a second. */
export function pure(name: string, weight: number, share: number, property: fc.IProperty<unknown>): Property {
  return { name, weight, share, check: (cases, seed) => run(property, cases, seed) };
}

/** A property of running servers, which are started once for all cases. */
export function live<T>(
  name: string,
  weight: number,
  share: number,
  examples: fc.Arbitrary<T>,
  start: () => Promise<Live<T>>,
): Property {
  return {
    name,
    weight,
    share,
    async check(cases, seed) {
      const running = await start();
      try {
        return await run(fc.asyncProperty(examples, shrinkable(running)), cases, seed);
      } finally {
        await running.stop();
      }
    },
  };
}

/** Lets everything pass when the time for shrinking is over, which ends it. */
function shrinkable<T>({ perform, settle }: Live<T>): (example: T) => Promise<void> {
  let failedAt: number | undefined;
  return async (example) => {
    if (failedAt !== undefined && performance.now() - failedAt > SHRINK_TIME) return;
    try {
      await perform(example);
    } catch (error) {
      failedAt ??= performance.now();
      await settle();
      throw error;
    }
  };
}

async function run(
  property: fc.IProperty<unknown> | fc.IAsyncProperty<unknown>,
  cases: number,
  seed: number,
): Promise<Outcome> {
  const details = await fc.check(property as fc.IAsyncProperty<unknown>, { numRuns: cases, seed });
  return { cases: details.numRuns, failure: details.failed ? explain(details) : undefined };
}

/** Characters of a line that are told of a counterexample; the seed finds the rest. */
const LONGEST = 4_000;

/** fast-check leaves the error itself to whoever catches what it throws. */
function explain(details: fc.RunDetails<unknown>): string {
  const { errorInstance: error } = details;
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = `${fc.defaultReportMessage(details)}\n${reason}`.split('\n');
  return lines.map((line) => (line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line)).join('\n');
}
