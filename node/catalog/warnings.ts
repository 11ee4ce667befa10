/** A report holds so many sentences, of so many characters. */
export const MAX_WARNINGS = 10;
const MAX_LENGTH = 300;

interface Topic {
  texts: readonly string[];
  holds: () => boolean;
}

/**
 * What is wrong with the lists of one server, in sentences for whoever configured it. Each place that looks has a topic of its own
 * and says anew what it finds, so that nothing stays that is over.
 */
export class Warnings {
  readonly #topics = new Map<string, Topic>();

  /** @param holds false when what was looked at is gone, and with it what was found */
  set(topic: string, texts: readonly string[], holds: () => boolean = () => true): void {
    if (texts.length === 0) this.#topics.delete(topic);
    else this.#topics.set(topic, { texts: texts.slice(0, MAX_WARNINGS), holds });
  }

  /** Each sentence once, cut to what a report may hold. */
  all(): string[] {
    for (const [topic, { holds }] of this.#topics) if (!holds()) this.#topics.delete(topic);
    const texts = [...this.#topics.values()].flatMap((topic) => topic.texts.map((text) => text.slice(0, MAX_LENGTH)));
    return [...new Set(texts)].slice(0, MAX_WARNINGS);
  }
}
