import { createInterface } from 'node:readline';
import { answerModern, ECHO_TOOL } from './echo.ts';

/**
 * The echo server on stdio for 2026-07-28 alone. Its tool `change` adds one to its list and tells so, before it answers; whoever
 * listens is never answered.
 */
const tools: object[] = [ECHO_TOOL, { name: 'change', inputSchema: { type: 'object' } }];
const write = (...messages: object[]) =>
  process.stdout.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.method === 'subscriptions/listen') return;
  const reply = answerModern(message, tools);
  if (reply === undefined) return;
  if (message.method !== 'tools/call' || message.params.name !== 'change') return write(reply);
  tools.push({ name: `tool_${tools.length}`, inputSchema: { type: 'object' } });
  write({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }, reply);
});
