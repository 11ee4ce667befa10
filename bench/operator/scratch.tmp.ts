import { setTimeout as sleep } from 'node:timers/promises';
import { openLab } from './lab.ts';
import { MIB } from '../memory.ts';
const lab = await openLab();
const GC = new URL('../../test/chaos/collect-garbage.ts', import.meta.url).pathname;
async function show(what: string) {
  const op = lab.operator;
  const m: any = await new Promise((r) => { op.child.once('message', r); op.child.kill('SIGUSR2'); setTimeout(r, 5000); });
  console.log(what, 'rss', (op.rss / MIB).toFixed(0), 'peak', (op.peakRss / MIB).toFixed(0), 'cpu', op.cpu.toFixed(1), 'afterGC', JSON.stringify(Object.fromEntries(Object.entries(m?.memory ?? {}).map(([k, v]) => [k, Math.round((v as number) / MIB)]))));
}
const variants: Record<string, string[]> = {
  plain: [],
  semi1: ['--max-semi-space-size=1'],
  semi4: ['--max-semi-space-size=4'],
  size: ['--optimize-for-size'],
  semi2size: ['--max-semi-space-size=2', '--optimize-for-size'],
  old64: ['--max-old-space-size=96', '--max-semi-space-size=2'],
};
try {
  await (await lab.replaceOperator()).ready();
  const n = Number(process.argv[2] ?? 200);
  await lab.grow(n);
  await lab.settle();
  for (const [name, opts] of Object.entries(variants)) {
    await (await lab.replaceOperator({ nodeOptions: ['--expose-gc', `--import=${GC}`, ...opts] })).ready();
    await sleep(5000);
    console.log(name, 'rss at 5 s', (lab.operator.rss / MIB).toFixed(0));
    await sleep(35000);
    console.log(name, 'rss at 40 s', (lab.operator.rss / MIB).toFixed(0));
    await show(name);
  }
} finally { await lab.close(); }
