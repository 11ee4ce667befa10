import { createView, emptyView, type View, type ViewContext } from './view.ts';

/** The views of all targets in use, made once and kept until settings or groups change. */
export class Views {
  readonly #context: () => ViewContext;
  readonly #views = new Map<string, View | undefined>();
  readonly #limit = 1_000;

  constructor(context: () => ViewContext) {
    this.#context = context;
  }

  find(target: string): View | undefined {
    if (this.#views.has(target)) return this.#views.get(target);
    const view = createView(target, this.#context());
    if (this.#views.size >= this.#limit) this.#views.clear();
    this.#views.set(target, view);
    return view;
  }

  get(target: string): View {
    const view = this.find(target);
    if (view !== undefined) return view;
    const empty = emptyView(target, this.#context().settings.systemConfig.nameSeparator);
    this.#views.set(target, empty);
    return empty;
  }

  /**
   * Makes all views anew.
   * @returns the targets that show something else than before
   */
  refresh(): Set<string> {
    const before = new Map(this.#views);
    this.#views.clear();
    const changed = new Set<string>();
    for (const [target, old] of before) {
      if (this.find(target)?.fingerprint !== old?.fingerprint) changed.add(target);
    }
    return changed;
  }
}
