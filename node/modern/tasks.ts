import type { Hub } from '../hub.ts';
import { forward } from '../methods/forward.ts';
import { NodeError } from '../node-error.ts';
import type { Outcome } from '../servers/connection.ts';
import type { Call } from '../sessions/call.ts';

/** `tasks/get`, `tasks/update`, `tasks/cancel` (extension of tasks): the id that the hub gave out says which server has the task. */
export async function onTask(hub: Hub, call: Call): Promise<Outcome> {
  const taskId = call.params?.taskId;
  if (typeof taskId !== 'string') {
    throw new NodeError('MCPHUB_PARAMS_INVALID', { method: call.method, reason: 'taskId must be a string' });
  }
  const task = hub.pins.readTask(call.caller, taskId);
  const server = hub.view(call.caller).servers.find(({ hosted }) => hosted.name === task?.server);
  if (task === undefined || server === undefined) throw new NodeError('MCPHUB_TASK_UNKNOWN', { taskId });
  return forward(hub, call, server.hosted, { ...call.params, taskId: task.id });
}
