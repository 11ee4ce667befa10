import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
}

/** Set by `--profile`: where the members of a cluster leave what they did, as `*.cpuprofile` for any browser. */
export function profileArguments(): string[] {
  const folder = process.env.BENCH_PROFILE;
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}

/**
 * The functions in which most time was spent, for every profile in a folder.
 * @param top how many functions of each
 */
export function profileReport(folder: string, top = 25): string {
  const files = readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'));
  return files.map((file) => `${file}\n${hottest(join(folder, file), top)}`).join('\n');
}

function hottest(path: string, top: number): string {
  const { nodes, samples } = JSON.parse(readFileSync(path, 'utf8')) as CpuProfile;
  const labels = new Map(nodes.map(({ id, callFrame }) => [id, labelOf(callFrame)]));
  const counts = new Map<string, number>();
  for (const id of samples) {
    const label = labels.get(id) ?? '?';
    if (label.startsWith('(idle)') || label.startsWith('(program)')) continue;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const busy = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const ranked = [...counts].sort(([, a], [, b]) => b - a).slice(0, top);
  return ranked.map(([label, count]) => `  ${((100 * count) / busy).toFixed(1).padStart(5)} %  ${label}\n`).join('');
}

function labelOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const place = url.replace(/^.*\/(?=(router|node|mcp|cluster|settings|bin|node_modules)\/)/, '');
  return place === '' ? functionName : `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}`;
}
