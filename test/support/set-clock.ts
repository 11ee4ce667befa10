/**
 * Preloaded into members of a cluster: on SIGUSR2 the time of day is another one, by as many milliseconds as `CLOCK_STEP` says, as
 * when somebody sets the clock of the machine. Writes a line to the log when that is done.
 */
const timeOfDay = Date.now;
let step = 0;
Date.now = () => timeOfDay() + step;

process.on('SIGUSR2', () => {
  step = Number(process.env.CLOCK_STEP);
  process.stdout.write(`${JSON.stringify({ msg: 'Clock set' })}\n`);
});
