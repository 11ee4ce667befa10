import { META } from '../../mcp/modern.ts';

/** One request of the script. */
export interface Step {
  /** What differs from other steps of the same method. */
  title: string;
  method: string;
  params?: Record<string, unknown>;
  /** Of 2026-07-28 only: beside or in place of the envelope and of the standard headers. */
  meta?: Record<string, unknown>;
  headers?: Record<string, string | undefined>;
}

function step(method: string, params: Record<string, unknown> = {}, title = '', rest: Partial<Step> = {}): Step {
  return { title: `${method} ${title}`.trim(), method, params, ...rest };
}

function call(name: unknown, args: object = {}, rest: Partial<Step> = {}): Step {
  return step('tools/call', { name, arguments: args }, String(name), rest);
}

function prompt(name: unknown, args: object = {}): Step {
  return step('prompts/get', { name, arguments: args }, `${String(name)} ${JSON.stringify(args)}`);
}

/** Tools that answer without asking the client. */
const CALLS: readonly Step[] = [
  call('test_simple_text'),
  call('test_image_content'),
  call('test_audio_content'),
  call('test_embedded_resource'),
  call('test_multiple_content_types'),
  call('test_error_handling'),
  call('json_schema_2020_12_tool', { name: 'Ada', address: { street: 'x', city: 'y' } }),
  call('test_tool_with_progress', {}, { meta: { progressToken: 'p-1' } }),
];

/** What both eras have. */
const COMMON: readonly Step[] = [
  step('tools/list'),
  step('prompts/list'),
  step('resources/list'),
  step('resources/templates/list'),
  ...CALLS,
  prompt('test_simple_prompt'),
  prompt('test_prompt_with_arguments', { arg1: 'a', arg2: 'b' }),
  prompt('test_prompt_with_embedded_resource', { resourceUri: 'test://x' }),
  prompt('test_prompt_with_image'),
  ...['test://static-text', 'test://static-binary', 'test://template/7/data'].map((uri) =>
    step('resources/read', { uri }, uri),
  ),
  step('completion/complete', {
    ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' },
    argument: { name: 'arg1', value: 'a' },
  }),
  step(
    'completion/complete',
    { ref: { type: 'ref/resource', uri: 'test://template/{id}/data' }, argument: { name: 'id', value: '7' } },
    'of a template',
  ),
];

/** What is refused in both eras. */
const REFUSED: readonly Step[] = [
  call('none'),
  prompt('none'),
  step('resources/read', { uri: 'test://none' }, 'unknown'),
  step('tools/call', {}, 'without a name'),
  call(7),
  step('prompts/get', {}, 'without a name'),
  step('resources/read', {}, 'without a URI'),
  step('completion/complete', { ref: { type: 'ref/none' }, argument: { name: 'a', value: '' } }, 'of nothing'),
  step('completion/complete', {}, 'without a reference'),
  step('no/such/method'),
];

export const LEGACY_STEPS: readonly Step[] = [
  ...COMMON,
  step('ping'),
  step('logging/setLevel', { level: 'warning' }),
  call('test_tool_with_logging'),
  step('resources/subscribe', { uri: 'test://watched-resource' }),
  step('resources/unsubscribe', { uri: 'test://watched-resource' }),
  ...REFUSED,
  step('logging/setLevel', { level: 'loud' }, 'to none'),
  step('resources/subscribe', {}, 'without a URI'),
  step('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'again', version: '1' },
  }),
];

const CAPABLE = { [META.clientCapabilities]: { elicitation: { form: {} }, sampling: {}, roots: {} } };

export const MODERN_STEPS: readonly Step[] = [
  step('server/discover'),
  ...COMMON,
  call('test_tool_with_logging', {}, { meta: { [META.logLevel]: 'info' } }),
  { ...call('test_tool_with_logging'), title: 'tools/call test_tool_with_logging, not asked to log' },
  ...REFUSED,
  ...['ping', 'logging/setLevel', 'resources/subscribe'].map((method) =>
    step(method, { level: 'info', uri: 'test://x' }),
  ),
  step('tools/list', {}, 'without capabilities', { meta: { [META.clientCapabilities]: undefined } }),
  step('tools/list', {}, 'with another version header', { headers: { 'mcp-protocol-version': '2025-11-25' } }),
  step('tools/list', {}, 'without a version header', { headers: { 'mcp-protocol-version': undefined } }),
  step('tools/list', {}, 'with another method header', { headers: { 'mcp-method': 'prompts/list' } }),
  step('tools/call', { name: 'test_simple_text' }, 'without a name header', { headers: { 'mcp-name': undefined } }),
  step('tools/list', {}, 'of a revision to come', {
    meta: { [META.protocolVersion]: '2027-01-01' },
    headers: { 'mcp-protocol-version': '2027-01-01' },
  }),
  call('test_input_required_result_sampling'),
  call('test_input_required_result_capabilities', {}, { meta: { [META.clientCapabilities]: { sampling: {} } } }),
  step(
    'tools/call',
    { name: 'test_input_required_result_tampered_state', requestState: 'x.y' },
    'with a foreign state',
    {
      meta: CAPABLE,
    },
  ),
];

/** Calls that take several rounds: what the client answers in each. */
export const ROUNDS: readonly { step: Step; answers: Record<string, object>[] }[] = [
  {
    step: call('test_input_required_result_elicitation', {}, { meta: CAPABLE }),
    answers: [{ user_name: { action: 'accept', content: { name: 'Ada' } } }],
  },
  {
    step: call('test_input_required_result_multi_round', {}, { meta: CAPABLE }),
    answers: [
      { step1: { action: 'accept', content: { name: 'Ada' } } },
      { step2: { action: 'accept', content: { color: 'blue' } } },
    ],
  },
  {
    step: call('test_input_required_result_multiple_inputs', {}, { meta: CAPABLE }),
    answers: [
      {
        user_name: { action: 'decline' },
        greeting: { role: 'assistant', model: 'none', content: { type: 'text', text: 'Hi' } },
        client_roots: { roots: [] },
      },
    ],
  },
  {
    step: { ...prompt('test_input_required_result_prompt'), meta: CAPABLE },
    answers: [{ user_context: { action: 'accept', content: { context: 'x' } } }],
  },
];
