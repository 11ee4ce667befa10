import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeBase } from '../../image/base.ts';
import { buildStages } from '../../image/stages.ts';
import { type BuildahBuilder, findBuildah } from '../../image/tools.ts';
import { kubeBinary } from '../../kube/support/binaries.ts';
import { PAUSE_IMAGE } from './configuration.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mcphub-cluster');
const BASE = 'localhost/mcphub-base:latest';
/** What the servers of the tests are made of, in the versions of the lock file. */
const PACKAGES = ['@modelcontextprotocol/server-everything', '@modelcontextprotocol/server-memory'];

/** Of the chart: imageRegistry, and the tag of all images. */
export const REGISTRY = 'mcphub.test';
export const TAG = 'e2e';
/** A second name that the cluster gives to the images of coordinators and nodes, for a rollout. */
export const NEXT_TAG = 'e2e-next';

/** An image as it is in the store of the builder, and what it is called in the cluster. */
interface Image {
  local: string;
  name: string;
}

/** What a cluster finds its images in. */
export interface Images {
  /** Folder of containerd, kept between runs. */
  store: string;
  /** Archives that it does not have yet. */
  archives: string[];
  /** Called when they are loaded: the archives are removed, and not made again until an image changes. */
  loaded(): void;
}

/** Builds all images as far as their sources changed, and makes archives of those that changed. */
export async function buildImages(): Promise<Images> {
  const storage = join(CACHE, 'image');
  const store = join(CACHE, 'e2e', 'containerd');
  mkdirSync(storage, { recursive: true });
  mkdirSync(store, { recursive: true });
  const builder = findBuildah(storage);
  if (builder === undefined) throw new Error('images need buildah and root');
  const images = await build(builder, storage);
  const record = join(CACHE, 'e2e', 'loaded.json');
  const known = readRecord(record);
  const archives: string[] = [];
  const present: Record<string, string> = {};
  for (const { local, name } of images) {
    present[name] = await builder.id(local);
    if (known[name] !== present[name]) archives.push(await archive(builder, local, name, join(CACHE, 'e2e')));
  }
  await builder.clean();
  const loaded = () => {
    for (const file of archives) rmSync(file, { force: true });
    writeFileSync(`${record}.new`, JSON.stringify(present, undefined, 2));
    renameSync(`${record}.new`, record);
  };
  return { store, archives, loaded };
}

async function build(builder: BuildahBuilder, storage: string): Promise<Image[]> {
  await builder.build('', BASE, await makeBase(storage, ROOT));
  await buildStages(builder, ROOT, { BASE });
  const images: Image[] = [];
  for (const target of ['coordinator', 'node', 'operator']) {
    const local = target === 'node' ? 'mcphub-e2e-node:test' : `mcphub-${target}:test`;
    images.push({ local, name: `${REGISTRY}/mcphub-${target}:${TAG}` });
  }
  const servers = { NODE_IMAGE: 'localhost/mcphub-node:test', PACKAGES: PACKAGES.map(pinned).join(' ') };
  await builder.build('', 'mcphub-e2e-node:test', join(ROOT, 'test/e2e/image'), servers);
  await builder.build('', 'mcphub-pause:test', await pauseContext(storage));
  images.push({ local: 'mcphub-pause:test', name: PAUSE_IMAGE });
  return images;
}

function pinned(name: string): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
  return `${name}@${version}`;
}

/** The container that holds the network of a Pod. */
async function pauseContext(storage: string): Promise<string> {
  const context = join(storage, 'pause');
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, 'pause'), readFileSync(await kubeBinary('pause')), { mode: 0o755 });
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY pause /pause\nENTRYPOINT ["/pause"]\n');
  return context;
}

async function archive(builder: BuildahBuilder, local: string, name: string, folder: string): Promise<string> {
  const file = join(folder, `${name.replaceAll(/[/:]/g, '-')}.tar`);
  rmSync(file, { force: true });
  await builder.push(local, `docker-archive:${file}:${name}`);
  return file;
}

function readRecord(file: string): Record<string, string> {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
}
