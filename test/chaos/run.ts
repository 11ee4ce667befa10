import { runChaos } from './chaos.ts';
import { type ChaosOptions, readOptions, USAGE } from './options.ts';
import { report } from './report.ts';

/** `npm run chaos`: exits with 1 when something was violated, with 2 when the command line is wrong. */
async function main(): Promise<void> {
  const options = optionsOrExit();
  console.log(`seed ${options.seed}`);
  // Members end with this process, but only if it gets the chance to tell them.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const result = await runChaos(options, console.log);
  console.log(report(result));
  process.exitCode = result.violations.length === 0 ? 0 : 1;
}

function optionsOrExit(): ChaosOptions {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

await main();
