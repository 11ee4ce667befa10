/**
 * Makes a gate that lets work run once: every caller gets the promise of that one run, also one that comes while the
 * work is still beginning, as a listener does that is told of the end and ends it again.
 */
export function createOnce(): (work: () => Promise<void>) => Promise<void> {
  let begun: Promise<void> | undefined;
  return (work) => {
    if (begun === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      begun = promise;
      work().then(resolve, () => resolve());
    }
    return begun;
  };
}
