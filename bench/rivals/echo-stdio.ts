import { createInterface } from 'node:readline';
import { answer } from './echo.ts';

/** The echo server on stdio: one JSON line in, one out. It ends when its input does. */
createInterface({ input: process.stdin }).on('line', (line) => {
  const reply = answer(JSON.parse(line));
  if (reply !== undefined) process.stdout.write(`${JSON.stringify(reply)}\n`);
});
