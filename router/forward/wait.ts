import { ROUTER_DEFAULTS } from '../config.ts';
import type { RouterContext } from '../context.ts';

/** The waits of one request for a node, which together may take no longer than `placementTimeout`. */
export class Wait {
  readonly #context: RouterContext;
  #deadline = 0;
  #end: (() => void) | undefined;

  constructor(context: RouterContext) {
    this.#context = context;
  }

  /**
   * Waits, unless it does so already.
   * @param again called at each change of the nodes, and now and then, since what is expected of them changes with time
   * @param giveUp called when the time is over
   */
  begin(again: () => void, giveUp: () => void): void {
    if (this.#end !== undefined) return;
    const { registry, timings } = this.#context;
    if (this.#deadline === 0) this.#deadline = performance.now() + timings.placementTimeout;
    const timer = setTimeout(giveUp, Math.max(0, this.#deadline - performance.now()));
    let soon: NodeJS.Immediate | undefined;
    const unsubscribe = registry.onChange(() => {
      // What a node that registers tells of sessions is known after the change.
      soon ??= setImmediate(() => {
        soon = undefined;
        again();
      });
    });
    const looking = setInterval(again, ROUTER_DEFAULTS.lookAgain);
    this.#end = () => {
      clearTimeout(timer);
      clearInterval(looking);
      clearImmediate(soon);
      unsubscribe();
      this.#end = undefined;
    };
  }

  end(): void {
    this.#end?.();
  }
}
