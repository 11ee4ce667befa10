import { NodeError } from '../errors.ts';
import type { Hub } from '../hub.ts';

/**
 * Refuses to open a session at a target that does not exist here.
 * @throws NodeError MCPHUB_TARGET_UNKNOWN naming those that do
 */
export function requireTarget(hub: Hub, target: string): void {
  if (hub.findView(target) !== undefined) return;
  const groups = hub.groups().map(({ name }) => name);
  const servers = hub.hosts.enabledNames();
  throw new NodeError('MCPHUB_TARGET_UNKNOWN', {
    target,
    targets: `groups: ${groups.join(', ') || 'none'}; servers: ${servers.join(', ') || 'none'}`,
  });
}
