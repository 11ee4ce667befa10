import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { pino } from 'pino';
import { findSetpriv } from '../../../node/servers/command.ts';
import { signalGroup } from '../../../node/servers/group.ts';
import { createGuardian } from '../../../node/servers/guardian.ts';
import { needs } from '../../support/needs.ts';
import { goneWithin, isRunning } from '../../support/servers/hosting.ts';

const DOOMED = fileURLToPath(new URL('../../support/servers/doomed.ts', import.meta.url));

describe('the guardian', () => {
  const log = pino({ level: 'silent' });

  it('does not leave servers nor their children when the node is killed hard', async () => {
    const node = spawn(process.execPath, [DOOMED], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(node.stdout, 'data')) as [Buffer];
    const { pid, grandchild } = JSON.parse(line.toString()) as { pid: number; grandchild: number };
    expect(isRunning(pid) && isRunning(grandchild)).to.equal(true);
    node.kill('SIGKILL');
    await once(node, 'exit');
    expect(await goneWithin(pid, 5_000)).to.equal(true);
    expect(await goneWithin(grandchild, 5_000)).to.equal(true);
  });

  it('is not the only one: the kernel ends a server whose node was killed hard, where setpriv can ask it to', async function () {
    needs(this, (await findSetpriv()) !== undefined, 'setpriv of util-linux');
    const node = spawn(process.execPath, [DOOMED, '--unguarded'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(node.stdout, 'data')) as [Buffer];
    const { pid, grandchild } = JSON.parse(line.toString()) as { pid: number; grandchild: number };
    node.kill('SIGKILL');
    await once(node, 'exit');
    try {
      expect(await goneWithin(pid, 5_000)).to.equal(true);
    } finally {
      for (const left of [pid, grandchild]) if (isRunning(left)) process.kill(left, 'SIGKILL');
    }
  });

  it('does not kill a group that was removed, and kills one that was not', async () => {
    const guardian = createGuardian(log);
    const sleepers = [1, 2].map(() => spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }));
    const [kept, ended] = sleepers.map(({ pid }) => pid ?? 0) as [number, number];
    const gone = once(sleepers[1] as (typeof sleepers)[1], 'exit');
    guardian.add(kept);
    guardian.add(ended);
    guardian.remove(kept);
    await guardian.close();
    await gone;
    expect(isRunning(kept)).to.equal(true);
    signalGroup(kept, 'SIGKILL');
    await once(sleepers[0] as (typeof sleepers)[0], 'exit');
  });

  it('does not forget its groups when it is killed itself', async () => {
    const started: { pid: number }[] = [];
    const warned = new EventTarget();
    const noisy = pino({ level: 'warn' }, { write: () => void warned.dispatchEvent(new Event('warning')) });
    const guardian = createGuardian(noisy, (pid) => started.push({ pid }));
    const sleepers = [1, 2].map(() => spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }));
    const gone = Promise.all(sleepers.map((sleeper) => once(sleeper, 'exit')));
    guardian.add(sleepers[0]?.pid ?? 0);
    const warning = once(warned as unknown as NodeJS.EventEmitter, 'warning');
    process.kill(started[0]?.pid ?? 0, 'SIGKILL');
    await warning;
    guardian.add(sleepers[1]?.pid ?? 0);
    expect(started).to.have.length(2);
    await guardian.close();
    await gone;
  });
});
