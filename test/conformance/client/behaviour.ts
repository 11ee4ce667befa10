import { Client, type ClientOptions, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

/** What the suite tells the client that it starts. */
export interface Assignment {
  scenario: string;
  /** Whether the client speaks 2026-07-28; 0.1.16 does not say, and knows no such revision. */
  modern: boolean;
  /** Calls that the scenario wants. */
  toolCalls: { name: string; arguments: Record<string, unknown> }[];
}

/** Reads the assignment from the environment of the process. */
export function assignment(env: NodeJS.ProcessEnv): Assignment {
  const { toolCalls = [] } = JSON.parse(env.MCP_CONFORMANCE_CONTEXT ?? '{}') as Partial<Assignment>;
  const modern = env.MCP_CONFORMANCE_PROTOCOL_VERSION === '2026-07-28';
  return { scenario: env.MCP_CONFORMANCE_SCENARIO ?? '', modern, toolCalls };
}

type Behaviour = (client: Client, wanted: Assignment) => Promise<unknown>;

async function callNothing(client: Client): Promise<void> {
  await client.listTools();
}

/** SDK clients know the schema of a tool only after they have listed it. */
function callTool(name: string, args: Record<string, unknown> = {}): Behaviour {
  return async (client) => {
    await client.listTools();
    await client.callTool({ name, arguments: args });
  };
}

async function callAllThatIsWanted(client: Client, { toolCalls }: Assignment): Promise<void> {
  await client.listTools();
  for (const call of toolCalls) await client.callTool(call);
}

/** Tools whose headers break the rules must not be in the list any more; the scenario notes every call. */
async function callAllThatIsListed(client: Client): Promise<void> {
  const { tools } = await client.listTools();
  for (const { name } of tools)
    await client.callTool({ name, arguments: { region: 'us-west1' } }).catch(() => undefined);
}

/** One request of each kind that has a name of its own. */
async function useEverything(client: Client): Promise<void> {
  const { tools } = await client.listTools();
  for (const { name } of tools.slice(0, 1)) await client.callTool({ name, arguments: {} });
  const { resources } = await client.listResources();
  for (const { uri } of resources.slice(0, 1)) await client.readResource({ uri });
  const { prompts } = await client.listPrompts();
  for (const { name } of prompts.slice(0, 1)) await client.getPrompt({ name, arguments: {} });
}

/** The last tool answers without `resultType`, which the client may refuse but must not ask again for. */
async function answerQuestions(client: Client): Promise<void> {
  await client.listTools();
  for (const name of ['test_mrtr_echo_state', 'test_mrtr_no_state', 'test_mrtr_unrelated']) {
    await client.callTool({ name, arguments: {} });
  }
  await client.callTool({ name: 'test_mrtr_no_result_type', arguments: {} }).catch(() => undefined);
}

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  initialize: callNothing,
  'json-schema-ref-no-deref': callNothing,
  'request-metadata': callNothing,
  tools_call: callTool('add_numbers', { a: 5, b: 3 }),
  'elicitation-sep1034-client-defaults': callTool('test_client_elicitation_defaults'),
  'sse-retry': callTool('test_reconnection'),
  'http-standard-headers': useEverything,
  'http-custom-headers': callAllThatIsWanted,
  'http-invalid-tool-headers': callAllThatIsListed,
  'sep-2322-client-request-state': answerQuestions,
};

/** Nothing is filled in by hand: the SDK adds the defaults of the form. */
const ELICITING: NonNullable<ClientOptions['capabilities']> = { elicitation: { form: { applyDefaults: true } } };

/**
 * Does what a scenario of the suite wants of a client.
 * @param url of the suite's server, or of what stands in front of it
 * @throws Error when there is no such scenario, or the server cannot be used
 */
export async function behave(wanted: Assignment, url: string): Promise<void> {
  const behaviour = BEHAVIOURS[wanted.scenario];
  if (behaviour === undefined) throw new Error(`no scenario "${wanted.scenario}" is known`);
  const mode = wanted.modern ? 'auto' : 'legacy';
  const client = new Client(
    { name: 'conformance-client', version: '1.0.0' },
    { capabilities: ELICITING, versionNegotiation: { mode } },
  );
  const content = wanted.modern ? { confirmed: true } : {};
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content }));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  await behaviour(client, wanted);
  await client.close();
}
