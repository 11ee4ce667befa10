import { secretsMatch } from '../../cluster/token.ts';
import type { RouterContext } from '../context.ts';
import type { RequestHead } from './head.ts';
import type { Principal } from './principals.ts';

/**
 * Who asks, as far as the cluster token says: a member, on behalf of the principal that it names; `stranger` when the token is not
 * one of the cluster's; or undefined for whoever presents none, or where there is none to present.
 */
export function memberOf({ clusterTokens }: Pick<RouterContext, 'clusterTokens'>, head: RequestHead) {
  const { clusterToken, principal = '' } = head;
  const tokens = clusterTokens();
  if (clusterToken === undefined || tokens.length === 0) return undefined;
  return tokens.some((token) => secretsMatch(clusterToken, token)) ? memberFor(principal) : 'stranger';
}

/** Takes from a head what only members may say. */
export function dropMemberHeaders(head: RequestHead): void {
  head.principal = undefined;
  head.clientAuthorization = undefined;
}

/** The client has been let in where it came in: what its own key opens was checked there. */
function memberFor(hash: string): Principal {
  return { id: `member for ${hash}`, hash, secrets: [], all: true, allows: () => true };
}
