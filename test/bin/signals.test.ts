import { spawnSync } from 'node:child_process';
import { expect } from 'chai';

/** Runs code beside a log and the handlers of this program. */
function run(statement: string): { status: number | null; stdout: string } {
  const code = `
    import { createLog } from './bin/log.ts';
    import { exitOnUncaught, stopOnSignals } from './bin/signals.ts';
    const log = createLog();
    setTimeout(() => {}, 10_000);
    ${statement}`;
  return spawnSync(process.execPath, ['--input-type=module-typescript', '-e', code], { encoding: 'utf8' });
}

describe('the end of a process', () => {
  it('is exit code 1 and a fatal log line when something was not caught, with the stack', () => {
    const { status, stdout } = run(`exitOnUncaught(log); setImmediate(() => { throw new Error('defect'); });`);
    expect(status).to.equal(1);
    expect(JSON.parse(stdout)).to.deep.include({ level: 'fatal', msg: 'Uncaught exception' });
    expect(JSON.parse(stdout).err.stack).to.contain('defect');
  });

  it('is the same for a promise that nobody waits for', () => {
    const { status, stdout } = run(`exitOnUncaught(log); Promise.reject(new Error('lost'));`);
    expect(status).to.equal(1);
    expect(JSON.parse(stdout)).to.include({ level: 'fatal', origin: 'unhandledRejection' });
  });

  it('hands over what runs before it, for a moment', () => {
    const stop = "stop: async ({ graceful }) => log.info({ graceful }, 'stopped')";
    const { status, stdout } = run(
      `exitOnUncaught(log, () => ({ ${stop} })); setImmediate(() => { throw new Error('defect'); });`,
    );
    expect(status).to.equal(1);
    expect(stdout).to.match(/Uncaught exception.*"graceful":true/s);
  });

  it('does not wait for what never stops, nor mind a second defect', () => {
    const stop = "stop: () => { setImmediate(() => { throw new Error('second'); }); return new Promise(() => {}); }";
    const { status, stdout } = run(
      `exitOnUncaught(log, () => ({ ${stop} })); setImmediate(() => { throw new Error('first'); });`,
    );
    expect(status).to.equal(1);
    expect(stdout).to.match(/first.*second/s);
  });

  it('is exit code 1 when stopping fails, instead of a process that stays', () => {
    const { status, stdout } = run(
      `stopOnSignals({ stop: () => Promise.reject(new Error('stuck')) }, log); process.kill(process.pid, 'SIGTERM');`,
    );
    expect(status).to.equal(1);
    expect(stdout).to.contain('Stopping failed').and.to.contain('stuck');
  });

  it('asks for a drain at the first signal', () => {
    const { status, stdout } = run(
      `stopOnSignals({ stop: async ({ graceful }) => log.info({ graceful }, 'stopped') }, log); process.kill(process.pid, 'SIGINT');`,
    );
    expect(status).to.equal(0);
    expect(stdout).to.contain('"graceful":true');
  });
});
