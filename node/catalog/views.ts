import { createView, emptyView, type View, type ViewContext } from './view.ts';

/** The views of all targets in use, made once and kept until settings or groups change. */
export class Views {
  readonly #context: () => ViewContext;
  readonly #views = new Map<string, View>();
  /** Of targets that went away under their sessions. */
  readonly #empty = new Map<string, View>();
  readonly #limit = 1_000;

  constructor(context: () => ViewContext) {
    this.#context = context;
  }

  /** @returns undefined when nothing has that name; such names are not kept, since anybody can ask for any number */
  find(target: string): View | undefined {
    const known = this.#views.get(target);
    if (known !== undefined) return known;
    const view = createView(target, this.#context());
    if (view === undefined) return undefined;
    if (this.#views.size >= this.#limit) this.#views.clear();
    this.#views.set(target, view);
    return view;
  }

  /** For a session that is open already: a target that has gone shows nothing. */
  get(target: string): View {
    const view = this.find(target) ?? this.#empty.get(target);
    if (view !== undefined) return view;
    const empty = emptyView(target, this.#context().settings.systemConfig.nameSeparator);
    this.#empty.set(target, empty);
    return empty;
  }

  /**
   * Makes all views anew.
   * @returns the targets that show something else than before
   */
  refresh(): Set<string> {
    const before = [...this.#views, ...this.#empty];
    this.#views.clear();
    this.#empty.clear();
    return new Set(before.flatMap(([target, old]) => (this.get(target).fingerprint === old.fingerprint ? [] : target)));
  }
}
