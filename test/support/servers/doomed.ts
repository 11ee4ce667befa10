import { pino } from 'pino';
import { createGuardian } from '../../../node/servers/guardian.ts';
import { createServerHost } from '../../../node/servers/host.ts';
import { ProcessSlots } from '../../../node/servers/process-slots.ts';
import { StartTurns } from '../../../node/servers/start-turns.ts';
import { DEFAULTS } from '../../../settings/defaults.ts';
import { call, hostile, textOfOutcome } from './hosting.ts';

/**
 * A node that will be killed hard: hosts a stubborn server with a grandchild, prints their pids, waits. With
 * `--unguarded` nobody is told of the server's process group.
 */
const log = pino({ level: 'silent' });
const guardian = process.argv.includes('--unguarded')
  ? { add: () => {}, remove: () => {}, close: () => Promise.resolve() }
  : createGuardian(log);
const host = createServerHost('fixture', hostile('--stubborn', '--grandchild'), {
  log,
  install: {},
  version: '0.0.1',
  guardian,
  slots: new ProcessSlots(() => DEFAULTS),
  turns: new StartTurns(() => 1),
});
process.stdout.write(`${textOfOutcome(await call(await host.connection(), 'pids'))}\n`);
setInterval(() => {}, 1_000);
