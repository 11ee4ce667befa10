import { appendFileSync } from 'node:fs';
import { ask, complete, flag, type Handler, isModern, serve, text, write } from './hostile-wire.ts';

/**
 * A server whose answers and notifications are attacks; the name of the tool says which. `--listens=FILE` gets a line for each
 * `subscriptions/listen`, which it ends at once.
 */
const MIB = 1024 * 1024;
const elicitation = {
  method: 'elicitation/create',
  params: { mode: 'form', message: 'again?', requestedSchema: { type: 'object', properties: {} } },
};
const inputRequired = (inputRequests: object, requestState: string) => ({
  resultType: 'input_required',
  inputRequests,
  requestState,
});
let rounds = 0;

/** What the client answers each of its requests, by code. */
async function interrogate(methods: readonly string[]): Promise<object> {
  const answers = await Promise.all(methods.map((method) => ask(method, { messages: [], maxTokens: 1, message: '?' })));
  return text(answers.map(({ error }) => error?.code ?? 'answered'));
}

const tools: Record<string, Handler> = {
  strangers: () => {
    for (let n = 0; n < 1_000; n++) write({ id: 1_000_000 + n, result: {} }, { id: `s${n}`, result: {} });
    write({ id: null, error: { code: -32_700, message: 'what?' } });
    return text('known');
  },
  ask: (_params, id) => {
    const methods = ['sampling/createMessage', 'elicitation/create', 'roots/list', 'files/delete'];
    void interrogate(methods).then((result) => write({ id, result }));
    return undefined;
  },
  storm: () => {
    const kinds = ['tools', 'prompts', 'resources'];
    for (let n = 0; n < 10_000; n++) write({ method: `notifications/${kinds[n % 3]}/list_changed` });
    return text('stormed');
  },
  rounds: () => text(rounds),
  forever: () => inputRequired({ more: elicitation }, `round ${++rounds}`),
  restless: () => inputRequired({}, `round ${++rounds}`),
  oddly: () => inputRequired({ odd: { method: 'files/delete', params: {} } }, 'odd'),
  burdened: ({ requestState }) =>
    requestState === undefined
      ? inputRequired({ more: elicitation }, 'x'.repeat(MIB))
      : text(`carried ${String(requestState).length}`),
  mistyped: () => ({ ...text('mistyped'), resultType: 'banana' }),
  unreadable: () => ({ ...text('unreadable'), resultType: 7 }),
};

const capabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true },
};

serve(
  {
    'tools/list': () =>
      complete({ tools: Object.keys(tools).map((name) => ({ name, inputSchema: { type: 'object' } })) }),
    'prompts/list': () => complete({ prompts: [] }),
    'resources/list': () => complete({ resources: [] }),
    'tools/call': (params, id) => tools[String(params.name)]?.(params, id),
    ...(isModern
      ? {
          'subscriptions/listen': () => {
            if (flag('listens') !== '') appendFileSync(flag('listens'), `${Date.now()}\n`);
            return complete({});
          },
        }
      : {}),
  },
  capabilities,
);
