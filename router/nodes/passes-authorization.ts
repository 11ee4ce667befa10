import type { Target } from '../../settings/targets.ts';
import type { RouterContext } from '../context.ts';

/** Kept with the target, which is another object as soon as nodes or settings have changed. */
const kept = new WeakMap<Target, boolean>();

/**
 * Whether the settings of a server of the target, on whichever node, pass the client's own `Authorization` on to it. Nodes
 * report such servers.
 * @param asked name of the target, as the client has it
 */
export function passesAuthorization({ catalog, registry }: RouterContext, asked: string): boolean {
  const target = catalog.resolve(asked);
  if (target === undefined) return false;
  let passes = kept.get(target);
  if (passes === undefined) {
    passes = Array.from(registry.nodes.values()).some(({ metadata }) =>
      target.servers.some(({ name }) => metadata?.serverStatus?.[name]?.passesAuthorization === true),
    );
    kept.set(target, passes);
  }
  return passes;
}
