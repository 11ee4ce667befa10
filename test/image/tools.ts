import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** What a command printed; rejects with its output when it fails. @param timeout milliseconds */
export async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, timeout = 600_000) {
  const options = { env: { ...process.env, ...env }, timeout, maxBuffer: 64 * 1024 * 1024 };
  try {
    return await execute(command, [...args], options);
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string };
    throw new Error(`${message.split('\n', 1)[0]}\n${stdout.slice(-4_000)}\n${stderr.slice(-4_000)}`);
  }
}

function works(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

export interface Builder {
  name: 'docker' | 'buildah';
  /** Builds a target of a Dockerfile. @param args build arguments, such as BASE, the image that ours starts from */
  build(target: string, tag: string, context: string, args?: Record<string, string>): Promise<void>;
}

/** `docker` alone says nothing: a client without an engine cannot build. */
export function findDocker(): Builder | undefined {
  if (!works('docker', 'info')) return undefined;
  return {
    name: 'docker',
    async build(target, tag, context, args = {}) {
      await run('docker', ['build', '--target', target, '--tag', tag, ...buildArgs(args), context]);
    },
  };
}

function buildArgs(args: Record<string, string>): string[] {
  return Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
}

export interface BuildahBuilder extends Builder {
  /** The files of an image, as a folder. */
  mount(tag: string): Promise<string>;
  /** What the image consists of, as a digest. */
  id(tag: string): Promise<string>;
  /** Copies an image. @param destination such as `oci:FOLDER:NAME`. Layers are not compressed. */
  push(tag: string, destination: string): Promise<void>;
  /** Removes working containers, and images that a later build replaced. */
  clean(): Promise<void>;
}

/** Whether a stand-in for the base image can be made without a registry. */
export function canMakeBase(): boolean {
  return works('debootstrap', '--version') && works('unshare', '--version');
}

/** buildah as root, in a storage of its own, without a daemon, a registry or user namespaces. */
export function findBuildah(storage: string): BuildahBuilder | undefined {
  if (process.getuid?.() !== 0 || !works('buildah', '--version')) return undefined;
  const env = { STORAGE_DRIVER: 'vfs', BUILDAH_ISOLATION: 'chroot' };
  const store = ['--root', `${storage}/store`, '--runroot', `${storage}/run`];
  const buildah = async (...args: string[]) => (await run('buildah', [...store, ...args], env)).stdout.trim();
  return {
    name: 'buildah',
    async build(target, tag, context, args = {}) {
      const targetArg = target === '' ? [] : ['--target', target];
      await buildah('bud', '--pull=never', '--layers', ...targetArg, '--tag', tag, ...buildArgs(args), context);
    },
    id: (tag) => buildah('inspect', '--type', 'image', '--format', '{{.FromImageID}}', tag),
    push: async (tag, destination) => {
      await buildah('push', '--disable-compression', tag, destination);
    },
    mount: async (tag) => buildah('mount', await buildah('from', '--pull=never', tag)),
    clean: async () => {
      await buildah('rm', '--all');
      await buildah('rmi', '--prune', '--force');
    },
  };
}
