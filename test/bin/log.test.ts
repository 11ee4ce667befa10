import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';

/** What a process logs, as it is on standard output. */
function logged(statement: string): string {
  const code = `import { createLog } from './bin/log.ts'; const log = createLog({ level: 'debug' }); ${statement}`;
  const result = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', code], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout;
}

describe('the log', () => {
  it('is one JSON object a line, with level and time that people and machines read', () => {
    const line = JSON.parse(logged("log.info({ role: 'node' }, 'Listening')"));
    expect(line).to.include({ level: 'info', role: 'node', msg: 'Listening' });
    expect(Date.parse(line.time)).to.be.closeTo(Date.now(), 60_000);
  });

  it('never shows tokens, secrets or credentials in headers', () => {
    const text = logged(`log.info({
      token: 'hidden', cluster: { token: ['hidden'], secret: 'hidden' }, a: { b: { authorization: 'hidden' } },
      headers: { authorization: 'hidden', cookie: 'hidden', 'x-mcphub-cluster-token': 'hidden' },
      request: { headers: { authorization: 'hidden' } },
    }, 'x')`);
    expect(text).to.contain('[redacted]').and.not.to.contain('hidden');
  });
});

describe('a log that nobody reads any more', () => {
  it('does not keep the process from ending', async () => {
    const code = `import { createLog } from './bin/log.ts'; const log = createLog();
      process.stdin.once('end', () => { log.info('a'); log.info('b'); setImmediate(() => { log.info('c'); process.exit(7); }); });
      process.stdin.resume(); log.info('ready');`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], { stdio: 'pipe' });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    await once(child.stdout, 'close');
    child.stdin.end();
    const [exitCode] = await once(child, 'exit');
    expect(exitCode).to.equal(7);
  });
});
