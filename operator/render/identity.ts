import { type Manifest, manifest, type RenderContext } from './manifest.ts';

/** The ServiceAccount of all Pods: it has no rights, and its token is mounted nowhere. */
export function identity(context: RenderContext): Manifest {
  return manifest(
    context,
    { apiVersion: 'v1', kind: 'ServiceAccount', name: context.names.public },
    { automountServiceAccountToken: false },
  );
}
