import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { expect } from 'chai';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDERS = ['bin', 'mcp', 'settings', 'cluster', 'router', 'node', 'operator', 'crds', 'charts', 'bench', 'test'];
const FORBIDDEN_NAMES = /(^|[-.])(utils?|helpers?|common|managers?|services?)([-.]|$)|^(shared|misc)$/;

/** What each package may import of ours, beside itself. `operator` has finer rules of its own. */
const ALLOWED: Record<string, readonly string[]> = {
  mcp: [],
  settings: ['mcp'],
  cluster: ['mcp'],
  router: ['mcp', 'settings', 'cluster'],
  node: ['mcp', 'settings', 'cluster'],
  operator: ['mcp', 'settings', 'cluster'],
};

interface Source {
  path: string;
  lines: number;
  /** Our own files that it imports, as paths from the root. */
  imports: string[];
  /** Those that are loaded with it; `import type` is gone at run time. */
  loads: string[];
}

function sourcesOf(folder: string): Source[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readSource(join(entry.parentPath, entry.name)));
}

function readSource(file: string): Source {
  const text = readFileSync(file, 'utf8');
  const statement = /^\s*(?:import|export)\b( type\b)?(?:[^;'"]*?from)?\s*'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'\s*\)/gm;
  const found = [...text.matchAll(statement)].map(([, type, fixed, dynamic]) => ({
    path: relative(ROOT, join(dirname(file), fixed ?? dynamic ?? '')),
    atRunTime: type === undefined,
  }));
  return {
    path: relative(ROOT, file),
    lines: text.split('\n').length - 1,
    imports: [...new Set(found.map(({ path }) => path))],
    loads: [...new Set(found.filter(({ atRunTime }) => atRunTime).map(({ path }) => path))],
  };
}

function packageOf(path: string): string {
  return path.split('/')[0] ?? '';
}

/** The first cycle of imports that is found, as a path that ends where it began. */
function findCycle(sources: readonly Pick<Source, 'path' | 'loads'>[]): string[] | undefined {
  const loadsOf = new Map(sources.map(({ path, loads }) => [path, loads]));
  const finished = new Set<string>();
  function visit(path: string, trail: readonly string[]): string[] | undefined {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (finished.has(path)) return undefined;
    for (const next of loadsOf.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(path);
    return undefined;
  }
  for (const { path } of sources) {
    const cycle = visit(path, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

describe('the house rules', () => {
  const sources = FOLDERS.flatMap(sourcesOf);
  const product = sources.filter(({ path }) => packageOf(path) in ALLOWED);

  it('reads imports: the rules are not checked against nothing', () => {
    expect(sources.length).to.be.greaterThan(30);
    expect(sources.find(({ path }) => path === 'settings/schema.ts')?.imports).to.include('settings/defaults.ts');
    expect(
      findCycle([
        { path: 'a', loads: ['b'] },
        { path: 'b', loads: ['a'] },
      ]),
    ).to.eql(['a', 'b', 'a']);
  });

  it('keeps packages apart: mcp imports nothing of ours, router and node never each other', () => {
    const wrong = product.flatMap(({ path, imports }) =>
      imports
        .filter((target) => packageOf(target) !== packageOf(path))
        .filter((target) => !ALLOWED[packageOf(path)]?.includes(packageOf(target)))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).to.eql([]);
  });

  it('keeps the rooms of the operator apart: manifests and reports are pure, and what speaks to Kubernetes knows nothing of MCP', () => {
    const PURE = ['operator/api', 'operator/render', 'settings'];
    const rooms: [room: RegExp, mayImport: readonly string[]][] = [
      [/^operator\/api\//, ['operator/api', 'settings']],
      [/^operator\/render\//, PURE],
      [/^operator\/reconcile\/report(\/|\.ts$)/, [...PURE, 'operator/reconcile/report', 'operator/hub/view.ts']],
      [/^operator\/kube\//, ['operator/kube', 'operator/api/object-meta.ts', 'operator/api/types.ts']],
    ];
    const wrong = rooms.flatMap(([room, mayImport]) =>
      product
        .filter(({ path }) => room.test(path))
        .flatMap(({ path, loads }) =>
          loads
            .filter((target) => !mayImport.some((start) => target.startsWith(start)))
            .map((target) => `${path} imports ${target}`),
        ),
    );
    expect(wrong).to.eql([]);
  });

  it('loads the Kubernetes client nowhere but in the operator, and there only where it is needed', () => {
    const users = sources.filter(({ path }) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      return (
        packageOf(path) in ALLOWED && /from '@kubernetes\/client-node'|import\('@kubernetes\/client-node'\)/.test(text)
      );
    });
    expect(users.map(({ path }) => path)).to.eql(['operator/kube/kubeconfig.ts']);
  });

  it('lets only bin wire packages together: nothing imports bin', () => {
    const wrong = product.filter(({ imports }) => imports.some((target) => packageOf(target) === 'bin'));
    expect(wrong.map(({ path }) => path)).to.eql([]);
  });

  it('has no cycle of imports', () => {
    expect(findCycle(sources)?.join(' -> ')).to.equal(undefined);
  });

  it('imports only files that exist', () => {
    const known = new Set(sources.map(({ path }) => path));
    const wrong = product.flatMap(({ path, imports }) =>
      imports.filter((target) => !known.has(target)).map((target) => `${path} imports ${target}`),
    );
    expect(wrong).to.eql([]);
  });

  it('has no file above 300 lines', () => {
    expect(sources.filter(({ lines }) => lines > 300).map(({ path, lines }) => `${path}: ${lines}`)).to.eql([]);
  });

  it('has no file whose name says nothing', () => {
    const parts = sources.flatMap(({ path }) => path.split('/').map((part) => ({ part: basename(part, '.ts'), path })));
    expect(parts.filter(({ part }) => FORBIDDEN_NAMES.test(part)).map(({ path }) => path)).to.eql([]);
  });
});
