/**
 * Resolves when the condition holds; asks again and again, since what is waited for has no event of its own.
 * @param within milliseconds after which it rejects, so that a failing test ends
 */
export async function until(condition: () => boolean | Promise<boolean>, within = 10_000): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not so within ${within} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
