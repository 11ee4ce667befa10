import { createHash } from 'node:crypto';

/** Several model APIs refuse longer names of tools. */
export const MAX_NAME_LENGTH = 64;
const HASH_LENGTH = 8;
const MAX_STEM_LENGTH = MAX_NAME_LENGTH - HASH_LENGTH - 1;

/** What several model APIs refuse in names of tools. */
const NOT_PORTABLE = /[^A-Za-z0-9_-]/gu;
const DERIVED = new RegExp(`_[0-9a-f]{${HASH_LENGTH}}$`);

/** How the settings want names on routes of several servers. */
export interface Naming {
  /** Between the prefix of a server and the bare name of its tool or prompt. */
  separator: string;
  /** Whether only names are shown that all model APIs take. */
  portable: boolean;
}

/**
 * The names under which a route of several servers lists their tools and prompts: `<prefix><separator><name>`, and another one derived
 * from it where that one is too long, has characters that model APIs refuse, or begins like the names of a server with a longer
 * prefix. A name follows from the prefixes alone: neither the order of the servers nor what they list has a part in it.
 */
export class ShownNames {
  readonly #naming: Naming;
  readonly #prefixes: ReadonlySet<string>;
  /** Characters of the longest prefix. */
  #longest = 0;
  /** The beginnings of names of servers with longer prefixes that lie within those of a server, by its prefix; most have none. */
  readonly #within: ReadonlyMap<string, readonly string[]>;

  /** @param prefixes what stands before the separator: names of servers, or their aliases in a group */
  constructor(prefixes: Iterable<string>, naming: Naming) {
    this.#naming = naming;
    this.#prefixes = new Set(prefixes);
    for (const { length } of this.#prefixes) this.#longest = Math.max(this.#longest, length);
    this.#within = nestedHeads(this.#prefixes, naming.separator);
  }

  /** The plain name, by which a call is understood wherever it belongs to the server, whether it is shown or not. */
  plain(prefix: string, name: string): string {
    return `${prefix}${this.#naming.separator}${name}`;
  }

  /**
   * @param prefix one of those given
   * @param name bare, as the settings have it
   */
  shown(prefix: string, name: string): string {
    const plain = this.plain(prefix, name);
    const isTaken = this.#within.get(prefix)?.some((head) => plain.startsWith(head) && plain.length > head.length);
    if (isTaken) return this.#derived(plain, `${prefix}\0${name}`);
    const stays = plain.length <= MAX_NAME_LENGTH && !isDerived(plain) && this.#stem(plain) === plain;
    return stays ? plain : this.#derived(plain, plain);
  }

  /** The prefix whose server a plain name belongs to: the longest that it begins with. */
  ownerOf(plain: string): string | undefined {
    const { separator } = this.#naming;
    for (let at = plain.lastIndexOf(separator, this.#longest); at >= 0; at = plain.lastIndexOf(separator, at - 1)) {
      const isOwner = this.#prefixes.has(plain.slice(0, at)) && plain.length > at + separator.length;
      if (isOwner) return plain.slice(0, at);
      if (at === 0) return undefined;
    }
    return undefined;
  }

  /** The prefixes from whose names a derived name may come, portable or not, the longest first. */
  sourcesOf(derived: string): string[] {
    const stem = derived.slice(0, -HASH_LENGTH - 1);
    const sources = [...this.#prefixes].filter((prefix) => {
      const head = this.plain(prefix, '');
      return [head, portable(head)].some((form) => stem.startsWith(form.slice(0, MAX_STEM_LENGTH)));
    });
    return sources.sort((a, b) => b.length - a.length);
  }

  #stem(plain: string): string {
    return this.#naming.portable ? portable(plain) : plain;
  }

  #derived(plain: string, whole: string): string {
    const hash = createHash('sha256').update(whole).digest('hex').slice(0, HASH_LENGTH);
    return `${this.#stem(plain).slice(0, MAX_STEM_LENGTH)}_${hash}`;
  }
}

function portable(text: string): string {
  return text.replace(NOT_PORTABLE, '_');
}

/** Whether a name may be derived from another one; plain names that look so are not shown. */
export function isDerived(name: string): boolean {
  return DERIVED.test(name);
}

/** What follows the server's prefix, or undefined when the name does not carry it. */
export function withoutPrefix(server: string, separator: string, name: string): string | undefined {
  const prefix = `${server}${separator}`;
  return name.startsWith(prefix) && name.length > prefix.length ? name.slice(prefix.length) : undefined;
}

/**
 * The beginnings of names, prefix and separator, that lie within those of a shorter prefix, by that prefix.
 * @example nestedHeads(['git', 'git-hub'], '-') // Map { 'git' => ['git-hub-'] }
 */
export function nestedHeads(prefixes: Iterable<string>, separator: string): Map<string, string[]> {
  const within = new Map<string, string[]>();
  // In this order all that begin alike follow each other, the shortest first.
  const heads = [...new Set(prefixes)].map((prefix) => `${prefix}${separator}`).sort();
  const around: string[] = [];
  for (const head of heads) {
    while (around.length > 0 && !head.startsWith(around.at(-1) ?? '')) around.pop();
    for (const outer of around) {
      const prefix = outer.slice(0, -separator.length);
      within.set(prefix, [...(within.get(prefix) ?? []), head]);
    }
    around.push(head);
  }
  return within;
}
