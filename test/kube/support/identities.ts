import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who may call the API server, with the groups to which its built-in roles are bound. The token is the name. */
const IDENTITIES = {
  admin: { user: 'admin', groups: ['system:masters'] },
  'kube-controller-manager': { user: 'system:kube-controller-manager', groups: [] },
  'kube-scheduler': { user: 'system:kube-scheduler', groups: [] },
  kwok: { user: 'kwok', groups: ['system:masters'] },
} as const;

export type Identity = keyof typeof IDENTITIES;

export function tokenOf(identity: Identity): string {
  return `${identity}-token`;
}

/** The static tokens that the API server takes. @returns path of the file */
export function writeTokens(folder: string): string {
  const rows = Object.entries(IDENTITIES).map(([name, { user, groups }], i) =>
    [tokenOf(name as Identity), user, i + 1, `"${groups.join(',')}"`].join(','),
  );
  const file = join(folder, 'tokens.csv');
  writeFileSync(file, `${rows.join('\n')}\n`);
  return file;
}

/**
 * Writes `NAME.kubeconfig`, which JSON may be.
 * @param folder has the authority in `ca.crt`
 * @param namespace of the context
 * @returns its path
 */
export function writeKubeconfig(
  folder: string,
  name: string,
  server: string,
  token: string,
  namespace?: string,
): string {
  const file = join(folder, `${name}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server, 'certificate-authority': join(folder, 'ca.crt') } }],
    users: [{ name, user: { token } }],
    contexts: [
      { name: 'lab', context: { cluster: 'lab', user: name, ...(namespace === undefined ? {} : { namespace }) } },
    ],
    'current-context': 'lab',
  };
  writeFileSync(file, JSON.stringify(config, null, 2));
  return file;
}
