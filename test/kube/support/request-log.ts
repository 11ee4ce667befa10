import { isWrite, type RequestInfo } from './request-info.ts';

/** Of the requests that are kept one by one; the counts go on. */
const KEPT = 5_000;

export type RequestFilter = Partial<
  Pick<RequestInfo, 'method' | 'verb' | 'group' | 'resource' | 'subresource' | 'namespace'>
>;

/** What clients asked of the API server, counted. */
export class RequestLog {
  /** The last ones, oldest first. */
  readonly last: RequestInfo[] = [];
  readonly #counts = new Map<string, { info: RequestInfo; count: number }>();

  add(info: RequestInfo): void {
    if (this.last.push(info) > KEPT) this.last.shift();
    const { method, verb, group, resource, subresource, namespace } = info;
    const key = [method, verb, group, resource, subresource, namespace].join(' ');
    const entry = this.#counts.get(key) ?? { info, count: 0 };
    entry.count += 1;
    this.#counts.set(key, entry);
  }

  /** How many requests there were that have all these properties. */
  count(filter: RequestFilter = {}): number {
    return this.#sum((info) =>
      Object.entries(filter).every(([key, value]) => info[key as keyof RequestInfo] === value),
    );
  }

  /** How many changed what is stored. @param except resources that do not count, such as `leases` */
  writes(except: readonly string[] = []): number {
    return this.#sum((info) => isWrite(info) && !except.includes(info.resource));
  }

  /** Counts by `verb resource`, for the message of a test that fails. */
  summary(): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const { info, count } of this.#counts.values()) {
      const name = `${info.verb} ${[info.resource || info.path, info.subresource].filter(Boolean).join('/')}`;
      sums[name] = (sums[name] ?? 0) + count;
    }
    return sums;
  }

  /** Starts again from 0. */
  forget(): void {
    this.last.length = 0;
    this.#counts.clear();
  }

  #sum(wanted: (info: RequestInfo) => boolean): number {
    return [...this.#counts.values()].filter(({ info }) => wanted(info)).reduce((sum, { count }) => sum + count, 0);
  }
}
