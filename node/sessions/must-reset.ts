import type { Hub } from '../hub.ts';

/** Whether a server of the target says that its sessions must not go on without the state that they had. */
export function mustReset(hub: Pick<Hub, 'findView'>, target: string): boolean {
  return hub.findView(target)?.servers.some(({ hosted }) => hosted.config.failover === 'reset') === true;
}
