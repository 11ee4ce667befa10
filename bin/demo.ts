import { randomBytes } from 'node:crypto';
import { guide } from './demo/guide.ts';
import { lossOf, noticedLoss } from './demo/loss.ts';
import { type DemoMember, startDemoMember } from './demo/member.ts';
import { waitForServers } from './demo/progress.ts';
import { type DemoFolder, type DemoNode, demoServers, writeDemoFolder } from './demo/settings.ts';
import { EXIT } from './exit.ts';

const NODES: readonly DemoNode[] = ['node-1', 'node-2'];
const PREFERRED_PORT = 3000;
/** npx may have to download the servers. */
const CONNECT_LIMIT_MS = 60_000;
/** Longer than the members' own drain time. */
const STOP_PATIENCE_MS = 8_000;
/** Long enough to look at the loss of a node. */
const RESTART_DELAY_MS = 10_000;
/** A node that ends this often is not started again. */
const MAX_STARTS = 5;

/**
 * A local cluster of three processes with real servers, until Ctrl-C: a coordinator and two nodes, as separate
 * processes with a random cluster token.
 * @throws ExitError when a member does not start
 */
export async function demo(): Promise<void> {
  const folder = await writeDemoFolder();
  const local = new LocalCluster(folder);
  process.on('SIGINT', () => void local.end(EXIT.ok));
  process.on('SIGTERM', () => void local.end(EXIT.ok));
  try {
    await local.start();
  } catch (error) {
    await local.stop();
    throw error;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The processes of one demo. */
class LocalCluster {
  readonly #folder: DemoFolder;
  readonly #token = randomBytes(24).toString('base64url');
  readonly #secret = randomBytes(24).toString('base64url');
  readonly #members = new Map<string, DemoMember>();
  readonly #stopping = new AbortController();
  readonly #starts = new Map<string, number>();

  constructor(folder: DemoFolder) {
    this.#folder = folder;
  }

  async start(): Promise<void> {
    say('Starting a coordinator and two nodes ...');
    const coordinator = await this.#openCoordinator();
    const { url } = coordinator;
    void coordinator.ended.then((how) => {
      if (this.#stopping.signal.aborted) return;
      say(`The coordinator ended (${how}).`);
      void this.end(EXIT.failure);
    });
    await Promise.all(NODES.map((node) => this.#keepNode(node, url)));
    const servers = demoServers(this.#folder.path);
    const { nodes, complete } = await waitForServers({
      url,
      token: this.#token,
      expected: Object.fromEntries(NODES.map((node) => [node, Object.keys(servers[node])])),
      limit: CONNECT_LIMIT_MS,
      say,
      signal: this.#stopping.signal,
    });
    if (this.#stopping.signal.aborted) return;
    const pids = new Map(NODES.map((node) => [node as string, this.#members.get(node)?.pid]));
    process.stdout.write(guide({ url, nodes, pids, folder: this.#folder.path }, Date.now()));
    if (!complete) say(`Not every server connected within ${CONNECT_LIMIT_MS / 1000} s; the reasons are above.`);
  }

  /** Ends the members, whatever state they are in, then the folder. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#members.values()].map((member) => member.stop(STOP_PATIENCE_MS)));
    await this.#folder.remove();
  }

  /** The first call ends in order; a second one, from an impatient user, kills. */
  async end(code: number): Promise<void> {
    if (this.#stopping.signal.aborted) {
      await Promise.all([...this.#members.values()].map((member) => member.stop(0)));
      process.exit(EXIT.failure);
    }
    say('\nStopping ...');
    await this.stop();
    process.exit(code);
  }

  async #openCoordinator(): Promise<DemoMember> {
    try {
      return await this.#open('coordinator', { PORT: String(PREFERRED_PORT), METRICS_PORT: '' });
    } catch (error) {
      if (!(error as Error).message.includes(`port ${PREFERRED_PORT} is in use`)) throw error;
      say(`Port ${PREFERRED_PORT} is in use; taking a free one.`);
      return this.#open('coordinator', { PORT: '0', METRICS_PORT: '' });
    }
  }

  async #open(name: string, more: NodeJS.ProcessEnv): Promise<DemoMember> {
    const env = {
      ...withoutHubSettings(process.env),
      LOG_LEVEL: 'info',
      HOST: '127.0.0.1',
      BASE_PATH: '',
      MCPHUB_SETTING_PATH: this.#folder.settingsOf(name),
      MCPHUB_CLUSTER_TOKEN: this.#token,
      MCPHUB_CLUSTER_SECRET: this.#secret,
      ...more,
    };
    const member = await startDemoMember(name, env, this.#folder.logOf(name));
    this.#members.set(name, member);
    if (this.#stopping.signal.aborted) await member.stop(STOP_PATIENCE_MS);
    return member;
  }

  /** Starts a node, and starts it again when it ends by itself. */
  async #keepNode(node: DemoNode, coordinatorUrl: string): Promise<void> {
    const starts = (this.#starts.get(node) ?? 0) + 1;
    this.#starts.set(node, starts);
    const member = await this.#open(node, {
      PORT: '0',
      METRICS_PORT: '0',
      MCPHUB_COORDINATOR_URL: coordinatorUrl,
    });
    void member.ended.then((how) => this.#restart(node, coordinatorUrl, how));
  }

  #restart(node: DemoNode, coordinatorUrl: string, how: string): void {
    if (this.#stopping.signal.aborted) return;
    if ((this.#starts.get(node) ?? 0) >= MAX_STARTS) return say(`${node} ended (${how}) and is not started again.`);
    say(`${node} ended (${how}): ${lossOf(node)}. It is started again in ${RESTART_DELAY_MS / 1000} s.`);
    void this.#showLoss(node, coordinatorUrl);
    setTimeout(() => {
      if (this.#stopping.signal.aborted) return;
      this.#keepNode(node, coordinatorUrl).then(
        () => say(`${node} is started again; its servers follow.`),
        (error: Error) => say(error.message),
      );
    }, RESTART_DELAY_MS);
  }

  async #showLoss(node: DemoNode, url: string): Promise<void> {
    const options = { url, token: this.#token, limit: RESTART_DELAY_MS, signal: this.#stopping.signal };
    const table = await noticedLoss(options, node).catch(() => undefined);
    if (table !== undefined) say(table);
  }
}

/** The user's environment without what is meant for a hub of their own. */
function withoutHubSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('MCPHUB_')));
}
