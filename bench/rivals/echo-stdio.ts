import { createInterface } from 'node:readline';
import { answer } from './echo.ts';

/**
 * The echo server on stdio: one JSON line in, one out. It ends when its input does. An argument is the milliseconds that a
 * tool call takes.
 */
const callTime = Number(process.argv[2] ?? 0);

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  const reply = answer(message);
  if (reply === undefined) return;
  const send = () => process.stdout.write(`${JSON.stringify(reply)}\n`);
  if (callTime > 0 && message.method === 'tools/call') setTimeout(send, callTime);
  else send();
});
