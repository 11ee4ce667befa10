import { classifyInboundRequest } from '@modelcontextprotocol/server';
import { expect } from 'chai';
import fc from 'fast-check';
import { HEADER_MISMATCH, INVALID_REQUEST, REVISION_UNSUPPORTED } from '../../mcp/errors.ts';
import { META } from '../../mcp/modern.ts';
import { isModernRevision } from '../../mcp/revisions.ts';
import { parseBody } from '../../node/http/messages.ts';
import { checkModern, isModern, modernRequest } from '../../node/http/modern-checks.ts';
import { NodeError } from '../../node/node-error.ts';

/** A POST as far as it says something of its era. */
interface Shape {
  body: unknown;
  version: string | undefined;
  method: string | undefined;
}

// The SDK orders versions as texts, so that one which is no date, such as `draft`, is a new one for it, and for the hub an unknown one.
const VERSIONS = ['2025-03-26', '2025-11-25', '2026-07-28', '2027-01-01'];
const METHODS = ['initialize', 'tools/list', 'server/discover', 'ping'];

const meta = fc.oneof(
  fc.record(
    {
      [META.protocolVersion]: fc.constantFrom<unknown>(...VERSIONS, 7, null),
      [META.clientCapabilities]: fc.constantFrom<unknown>({}, { sampling: {} }, 'none', null),
      [META.clientInfo]: fc.constantFrom<unknown>({ name: 'a', version: '1' }, { name: 'a' }, 'a'),
      [META.logLevel]: fc.constantFrom<unknown>('info', 'loud'),
      progressToken: fc.constant(1),
    },
    { requiredKeys: [] },
  ),
  // What clients send.
  fc.constantFrom(...VERSIONS).map((version) => ({ [META.protocolVersion]: version, [META.clientCapabilities]: {} })),
);
const params = fc.oneof(
  fc.constant(undefined),
  fc.record({ protocolVersion: fc.constantFrom(...VERSIONS) }),
  meta.map((_meta) => ({ _meta })),
);
const request = fc.record({
  jsonrpc: fc.constant('2.0'),
  id: fc.constant(1),
  method: fc.constantFrom(...METHODS),
  params,
});
const told = fc.record({
  jsonrpc: fc.constant('2.0'),
  method: fc.constantFrom('notifications/cancelled', 'notifications/initialized'),
  params,
});
const response = fc.constantFrom(
  { jsonrpc: '2.0', id: 1, result: {} },
  { jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'x' } },
);
const nothing = fc.constantFrom<unknown>({}, 7, null, { jsonrpc: '1.0', id: 1, method: 'ping' }, []);
const message = fc.oneof(request, told, response);
const body = fc.oneof(
  { weight: 6, arbitrary: request },
  { weight: 3, arbitrary: told },
  { weight: 1, arbitrary: response },
  { weight: 2, arbitrary: fc.array(message, { maxLength: 3 }) },
  { weight: 1, arbitrary: nothing },
);

/** Most requests repeat their own method. */
const shape: fc.Arbitrary<Shape> = fc
  .record({
    body,
    version: fc.constantFrom(undefined, ...VERSIONS, ' 2026-07-28 '),
    method: fc.constantFrom('same', 'same', 'same', 'other', undefined),
  })
  .map(({ body: value, version, method }) => ({
    body: JSON.parse(JSON.stringify(value)) as unknown,
    version,
    method: method === 'same' ? (value as { method?: string } | null)?.method : method,
  }));

function verdictOfSdk({ body: value, version, method }: Shape): string {
  const verdict = classifyInboundRequest({
    httpMethod: 'POST',
    body: value,
    ...(version === undefined ? {} : { protocolVersionHeader: version }),
    ...(method === undefined ? {} : { mcpMethodHeader: method }),
  });
  return verdict.kind === 'reject' ? `${verdict.httpStatus} ${verdict.code}` : verdict.kind;
}

function verdictOfHub({ body: value, version, method }: Shape): string {
  const headers = {
    ...(version === undefined ? {} : { 'mcp-protocol-version': version }),
    ...(method === undefined ? {} : { 'mcp-method': method }),
  };
  try {
    const parsed = parseBody(Buffer.from(JSON.stringify(value)));
    if (!isModern(parsed, headers)) return 'legacy';
    const asked = modernRequest(parsed);
    if (asked !== undefined) checkModern(asked, headers);
    return 'modern';
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    const { code, message: text } = error.rpcError;
    if (code === REVISION_UNSUPPORTED) return 'modern';
    return code === HEADER_MISMATCH && text.includes('is missing') ? HEADER_MISSING : `${error.status} ${code}`;
  }
}

/** The SDK finds out later, of a request that it has classified, that a header is missing or a revision not served. */
const HEADER_MISSING = 'a header is missing';

function agree(hub: string, sdk: string): boolean {
  return hub === sdk || (hub === HEADER_MISSING && (sdk === 'modern' || sdk === `400 ${HEADER_MISMATCH}`));
}

/** Where the hub differs on purpose. */
const DELIBERATE: { why: string; applies(shape: Shape, hub: string, sdk: string): boolean }[] = [
  {
    why: 'initialize must not be in a batch (2025-03-26, basic/lifecycle); the SDK leaves that to its transports',
    applies: ({ body: value }, hub) => Array.isArray(value) && hub === `400 ${INVALID_REQUEST}`,
  },
  {
    why: 'a response that says that it is of 2026-07-28 answers nothing; the SDK refuses it on endpoints without sessions only',
    applies: ({ body: value, version }, hub) =>
      !isAsked(value) && isModernRevision(version?.trim()) && hub === `400 ${INVALID_REQUEST}`,
  },
  {
    why: 'notifications have no effect in 2026-07-28, so nothing of them is checked',
    applies: ({ body: value }, hub, sdk) =>
      isAsked(value) && !('id' in value) && hub === 'modern' && sdk.startsWith('400'),
  },
];

function isAsked(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'method' in value;
}

describe('the era of a request', () => {
  it('is not another one than the official SDK takes it for', () => {
    const shapes = fc.sample(shape, { numRuns: 2_000, seed: 20_260_728 });
    const seen = new Set<string>();
    const differences = shapes.flatMap((each) => {
      const [hub, sdk] = [verdictOfHub(each), verdictOfSdk(each)];
      seen.add(sdk);
      if (agree(hub, sdk) || DELIBERATE.some(({ applies }) => applies(each, hub, sdk))) return [];
      return [`hub: ${hub}, SDK: ${sdk}: ${JSON.stringify(each)}`];
    });
    expect([...seen]).to.include.members(['legacy', 'modern', '400 -32600', '400 -32602', '400 -32020']);
    expect(differences.join('\n')).to.equal('');
  });
});
