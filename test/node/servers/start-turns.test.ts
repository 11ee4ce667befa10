import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { StartTurns, type Turn } from '../../../node/servers/start-turns.ts';
import { needs } from '../../support/needs.ts';
import { until } from '../../support/until.ts';

const NEVER = new AbortController().signal;
const background = () => false;

describe('turns of starts', () => {
  const children: ReturnType<typeof spawn>[] = [];
  afterEach(async () => {
    await Promise.all(
      children.splice(0).map((child) => {
        child.kill('SIGKILL');
        return once(child, 'exit');
      }),
    );
  });

  function program(command: string, ...args: string[]): number {
    const child = spawn(command, args, { stdio: 'ignore' });
    children.push(child);
    return child.pid as number;
  }

  const node = (source: string) => program(process.execPath, '-e', source);

  /** Milliseconds until the next one has its turn after one that watches this process. */
  async function turnOf(pid: number): Promise<number> {
    const turns = new StartTurns(() => 1);
    const first = await turns.wait(background, NEVER);
    const began = performance.now();
    first.watch(pid);
    await turns.wait(background, NEVER);
    return performance.now() - began;
  }

  it('are not more than the limit, which may change', async () => {
    let limit = 2;
    const turns = new StartTurns(() => limit);
    const granted: Turn[] = [];
    for (let i = 0; i < 5; i++) void turns.wait(background, NEVER).then((turn) => granted.push(turn));
    await until(() => granted.length === 2);
    expect(turns.waiting).to.equal(3);
    granted[0]?.end();
    granted[0]?.end();
    await until(() => granted.length === 3);
    expect(turns.waiting).to.equal(2);
    limit = 4;
    turns.settle();
    await until(() => granted.length === 5);
  });

  it('come first to those that a client waits for, also if it came later', async () => {
    const turns = new StartTurns(() => 1);
    const first = await turns.wait(background, NEVER);
    const order: string[] = [];
    let awaited = false;
    for (const [name, isAwaited] of [
      ['a', background],
      ['b', () => awaited],
    ] as const) {
      void turns.wait(isAwaited, NEVER).then((turn) => {
        order.push(name);
        turn.end();
      });
    }
    awaited = true;
    first.end();
    await until(() => order.length === 2);
    expect(order).to.deep.equal(['b', 'a']);
  });

  it('are not waited for by those that gave up', async () => {
    const turns = new StartTurns(() => 1);
    const first = await turns.wait(background, NEVER);
    const givenUp = new AbortController();
    const refused = turns.wait(background, givenUp.signal).then(
      () => 'granted',
      (reason: Error) => reason.message,
    );
    givenUp.abort(new Error('given up'));
    expect(await refused).to.equal('given up');
    first.end();
    await turns.wait(background, NEVER);
  });

  it('do not last while a process works at nothing', async function () {
    needs(this, process.platform === 'linux', 'Linux, which says in /proc what a process has used');
    expect(await turnOf(program('sleep', '1000'))).to.be.within(900, 4_500);
  });

  it('end after a while although the process, or a child of it, works on', async function () {
    this.timeout(20_000);
    const burn = 'const end = Date.now() + 30000; while (Date.now() < end);';
    const child = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(burn)}])`;
    const took = await Promise.all([turnOf(node(burn)), turnOf(node(child))]);
    for (const milliseconds of took) expect(milliseconds).to.be.within(4_500, 12_000);
  });
});
