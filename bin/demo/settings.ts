import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The demo's folder: settings of each member, their logs, and what the servers work on. */
export interface DemoFolder {
  path: string;
  /** The settings file of a member. */
  settingsOf(member: string): string;
  logOf(member: string): string;
  remove(): Promise<void>;
}

/** Long enough for a call in flight, short enough for someone who pressed Ctrl-C. */
const DRAIN_MS = 3_000;

/** A server from npm as a user would write it; npx takes the installed package where there is one. */
function npx(name: string, ...args: string[]) {
  return { command: 'npx', args: ['-y', `@modelcontextprotocol/server-${name}`, ...args] };
}

/** What each node of the demo hosts; `everything` runs on both. */
export function demoServers(folder: string) {
  return {
    'node-1': { everything: npx('everything'), filesystem: npx('filesystem', join(folder, 'files')) },
    'node-2': {
      memory: { ...npx('memory'), env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') } },
      everything: npx('everything'),
    },
  };
}
export type DemoNode = keyof ReturnType<typeof demoServers>;

/** A group shows one address for some servers, with some of their tools. */
const DEMO_GROUP = {
  id: 'demo',
  name: 'demo',
  description: 'All of everything, and reading files',
  servers: ['everything', { name: 'filesystem', tools: ['list_directory', 'read_text_file', 'search_files'] }],
};

/**
 * Writes the demo's folder. The cluster's token is not in it: members get it by environment.
 * @param coordinatorUrl where the nodes register
 */
export async function writeDemoFolder(): Promise<DemoFolder> {
  const path = await mkdtemp(join(tmpdir(), 'mcphub-demo-'));
  await mkdir(join(path, 'files'));
  await writeFile(join(path, 'files', 'hello.txt'), 'Hello from the filesystem server on node-1.\n');
  const settings: Record<string, object> = {
    coordinator: {
      groups: [DEMO_GROUP],
      systemConfig: {
        cluster: { enabled: true, mode: 'coordinator', coordinator: { drainDelay: 0, drainTimeout: DRAIN_MS } },
      },
    },
  };
  for (const [node, mcpServers] of Object.entries(demoServers(path))) {
    const cluster = {
      enabled: true,
      mode: 'node',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: expanded by the node from its environment
      node: { id: node, name: node, coordinatorUrl: '${MCPHUB_COORDINATOR_URL}', drainTimeout: DRAIN_MS },
    };
    settings[node] = { mcpServers, systemConfig: { cluster } };
  }
  const folder: DemoFolder = {
    path,
    settingsOf: (member) => join(path, `${member}.json`),
    logOf: (member) => join(path, `${member}.log`),
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }),
  };
  for (const [member, value] of Object.entries(settings)) {
    await writeFile(folder.settingsOf(member), `${JSON.stringify(value, null, 2)}\n`);
  }
  return folder;
}
