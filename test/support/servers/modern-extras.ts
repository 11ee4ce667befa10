import { complete, type Handler, serve, text } from './hostile-wire.ts';

/**
 * A server of 2026-07-28 with what its SDK cannot do: results that are lists, and tasks, which only this process knows. Start it
 * with `--modern`.
 */
const numbers = { $defs: { number: { type: 'number' } }, type: 'array', items: { $ref: '#/$defs/number' } };
const tasks = new Map<unknown, { polls: number }>();

const tools: Record<string, Handler> = {
  numbers: () => complete({ content: [{ type: 'text', text: '[1,2]' }], structuredContent: [1, 2] }),
  plain: () => text('plain'),
  work: () => {
    const taskId = `task.${process.pid}`;
    tasks.set(taskId, { polls: 0 });
    return { resultType: 'task', taskId, status: 'working', createdAt: '2026-11-24T00:00:00Z', ttlMs: 60_000 };
  },
};

serve(
  {
    'tools/list': () =>
      complete({
        tools: Object.keys(tools).map((name) => ({
          name,
          inputSchema: { type: 'object' },
          ...(name === 'numbers' ? { outputSchema: numbers } : {}),
        })),
      }),
    'tools/call': (params, id) => tools[String(params.name)]?.(params, id),
    'tasks/get': ({ taskId }) => {
      const task = tasks.get(taskId);
      if (task === undefined) return complete({ taskId, status: 'failed' });
      task.polls++;
      return complete({ taskId, status: 'completed', result: text(`${process.pid} polled ${task.polls}`) });
    },
  },
  { tools: {}, extensions: { 'io.modelcontextprotocol/tasks': {} } },
);
