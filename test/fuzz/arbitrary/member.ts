import fc from 'fast-check';
import { nodeTag } from '../../../cluster/tag.ts';
import { json } from './json-rpc.ts';
import { anyText, base64url } from './texts.ts';

const PLAIN = { noNullPrototype: true } as const;

/** Numbers at which arithmetic, dates, timers and arrays change their ways. */
const oddNumber = fc.oneof(
  fc.constantFrom(-1, 0, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, 8.64e15, 9e15, 1e300, -1e300, 5e-324),
  fc.integer(),
);

/** Mostly what belongs there, now and then anything at all. */
function odd<T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof<fc.MaybeWeightedArbitrary<unknown>[]>(
    { weight: 8, arbitrary: usual },
    { weight: 1, arbitrary: oddNumber },
    { weight: 2, arbitrary: json },
  );
}

function fields(model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(model, { ...PLAIN, requiredKeys: [] });
}

const name = fc.oneof(fc.constantFrom('a', 'b', 'good', '__proto__', 'constructor', 'toString', ''), anyText(12));
const tag = fc.oneof(fc.constantFrom('n1', 'n2', 'n3', 'good').map(nodeTag), base64url(8), anyText(10));
const key = fc.oneof(
  fc.integer({ min: 0, max: 20 }).map((n) => String(n).padStart(20, 'k')),
  base64url(20),
  anyText(8),
);
const claim = fc.oneof(
  fc.tuple(tag, key, fc.nat(50)).map(([of, session, epoch]) => `${of}.${session}.${epoch.toString(36)}`),
  anyText(30),
);
const status = fc.constantFrom('connected', 'connecting', 'idle', 'failed', 'disabled', 'new');
const server = fields({
  status: odd(status),
  reason: odd(anyText()),
  retryable: odd(fc.array(name, { maxLength: 3 })),
  digest: odd(base64url(22)),
  passesAuthorization: odd(fc.boolean()),
  perSessionClient: odd(fc.boolean()),
  remote: odd(fc.boolean()),
  protocol: odd(fc.constant('2025-11-25')),
  version: odd(anyText(8)),
  tools: odd(fc.nat(9)),
  warnings: odd(fc.array(anyText(), { maxLength: 3 })),
});
const override = fields({ enabled: odd(fc.boolean()), name: odd(name), description: odd(anyText()) });
const selection = odd(
  fc.oneof<fc.Arbitrary<unknown>[]>(
    fc.array(name, { maxLength: 3 }),
    fc.dictionary(name, odd(override), { maxKeys: 3, noNullPrototype: true }),
  ),
);
const groups = odd(
  fc.array(
    odd(
      fields({
        id: odd(name),
        name: odd(name),
        servers: odd(
          fc.array(
            odd(
              fields({ name: odd(name), alias: odd(name), tools: selection, prompts: selection, resources: selection }),
            ),
            { maxLength: 3 },
          ),
        ),
      }),
    ),
    { maxLength: 3 },
  ),
);
const sessionKeys = fc.array(odd(key), { maxLength: 5 });
const metadata = fields({
  version: odd(anyText(8)),
  tag: odd(tag),
  zone: odd(anyText(8)),
  revision: odd(anyText(8)),
  instance: odd(fc.constantFrom('i1', 'i2')),
  startedAt: odd(fc.nat()),
  draining: odd(fc.boolean()),
  leaving: odd(fc.nat(9).map((n) => n === 0)),
  sessions: odd(fc.nat(9)),
  inFlight: odd(fc.nat(9)),
  principals: odd(fc.dictionary(name, odd(fc.nat(9)), { maxKeys: 3, noNullPrototype: true })),
  serverStatus: odd(fc.dictionary(name, odd(server), { maxKeys: 4, noNullPrototype: true })),
  nameSeparator: odd(fc.constantFrom('-', '::', '')),
  groups,
  adopted: odd(
    fields({ full: odd(fc.boolean()), add: odd(fc.array(odd(claim), { maxLength: 5 })), remove: odd(sessionKeys) }),
  ),
  buried: odd(sessionKeys),
  heard: odd(fc.nat(9)),
  dropped: odd(fc.nat(9)),
  members: odd(fc.array(odd(tag), { maxLength: 4 })),
});

/** What somebody may send as register or heartbeat; a `url` of its own is up to the caller. */
export const memberPayload: fc.Arbitrary<Record<string, unknown>> = fields({
  id: odd(fc.constantFrom('n1', 'n2', 'n3')),
  name: odd(name),
  host: odd(fc.constant('127.0.0.1')),
  port: odd(fc.integer({ min: 1, max: 65_535 })),
  url: odd(fc.constantFrom('http://127.0.0.1:1', 'http://[::1]:1/x', 'https://h', 'http://a b', 'ftp://h')),
  servers: odd(fc.array(odd(name), { maxLength: 4 })),
  timestamp: odd(fc.nat()),
  metadata: odd(metadata),
});

/** What a coordinator may answer to it. */
export const memberReply: fc.Arbitrary<unknown> = odd(
  fields({
    success: odd(fc.boolean()),
    message: odd(anyText()),
    data: odd(
      fields({
        groups,
        resync: odd(fc.boolean()),
        stale: odd(fields({ keys: odd(sessionKeys), cursor: odd(fc.nat(9)) })),
        buried: odd(fields({ keys: odd(sessionKeys), cursor: odd(fc.nat(9)) })),
        members: odd(fc.array(odd(tag), { maxLength: 4 })),
        version: odd(anyText(8)),
        servers: odd(
          fc.array(
            odd(
              fields({
                name: odd(name),
                digest: odd(base64url(22)),
                holders: odd(fc.array(odd(tag), { maxLength: 3 })),
                perSessionClient: odd(fc.boolean()),
                remote: odd(fc.boolean()),
                status: odd(status),
                reason: odd(anyText()),
              }),
            ),
            { maxLength: 4 },
          ),
        ),
      }),
    ),
  }),
);

/** The head of an answer on a trunk, or what passes for one. */
export const frameHead: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        odd(fc.constantFrom(200, 202, 204, 304, 404, 502, 503, 599)),
        odd(
          fc.dictionary(
            fc.oneof(
              fc.constantFrom(
                'content-type',
                'mcp-session-id',
                'X-A',
                'x-a',
                'connection',
                'trailer',
                'content-length',
              ),
              anyText(6),
            ),
            odd(
              fc.oneof<fc.Arbitrary<unknown>[]>(
                fc.constantFrom('application/json', 'text/event-stream', '0', '5', '12', 'x', 'a\r\nb', 'é'),
                fc.array(anyText(6), { maxLength: 3 }),
              ),
            ),
            { maxKeys: 4, noNullPrototype: true },
          ),
        ),
      )
      .map((head) => JSON.stringify(head)),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      json.map((value) => JSON.stringify(value)),
      anyText(),
    ),
  },
);
