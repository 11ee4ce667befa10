import type { Hub } from '../hub.ts';
import { NodeError } from '../node-error.ts';

/**
 * Refuses to open a session at a target that does not exist here, nor at the coordinators, which know a new group of
 * theirs before their nodes do.
 * @throws NodeError MCPHUB_TARGET_UNKNOWN naming those that do
 */
export async function requireTarget(hub: Hub, target: string): Promise<void> {
  if (hub.findView(target) !== undefined) return;
  await hub.refreshGroups();
  if (hub.findView(target) !== undefined) return;
  const groups = hub.groups().map(({ name }) => name);
  const servers = hub.hosts.enabledNames();
  throw new NodeError('MCPHUB_TARGET_UNKNOWN', {
    target,
    targets: `groups: ${groups.join(', ') || 'none'}; servers: ${servers.join(', ') || 'none'}`,
  });
}
