import type { RequestHandler } from 'express';
import { bearerToken, secretsMatch } from '../../cluster/token.ts';
import type { RouterContext } from '../context.ts';

/** Whether a request carries one of the cluster's tokens. */
export function hasClusterToken(authorization: string | undefined, tokens: readonly string[]): boolean {
  const presented = bearerToken(authorization);
  return tokens.some((token) => secretsMatch(presented, token));
}

/** Whether a request comes from a member of the cluster: it has the token, as soon as there is one. */
export function isMember({ clusterTokens }: RouterContext, authorization: string | undefined): boolean {
  const tokens = clusterTokens();
  return tokens.length === 0 || hasClusterToken(authorization, tokens);
}

/** For what only members may do. */
export function requireMember(context: RouterContext): RequestHandler {
  return (req, res, next) => {
    if (isMember(context, req.headers.authorization)) return next();
    res
      .status(401)
      .set('www-authenticate', 'Bearer realm="mcphub-cluster"')
      .json({ success: false, message: 'This endpoint needs the cluster token (Authorization: Bearer <token>)' });
  };
}

/** For the reading part: open unless keys are asked for, then a key that opens everything, or the cluster token. */
export function requireReader(context: RouterContext): RequestHandler {
  return (req, res, next) => {
    const refusal = readerRefusal(context, req.headers.authorization);
    if (refusal === undefined) return next();
    if (refusal.status === 401) res.set('www-authenticate', 'Bearer realm="mcphub"');
    res.status(refusal.status).json({ success: false, message: refusal.message });
  };
}

function readerRefusal(
  { settings, principals, clusterTokens }: RouterContext,
  authorization: string | undefined,
): { status: number; message: string } | undefined {
  if (settings.current.systemConfig.routing.skipAuth || !principals.required()) return undefined;
  if (hasClusterToken(authorization, clusterTokens())) return undefined;
  const principal = principals.authenticate(authorization);
  if (typeof principal !== 'string') {
    if (principal.all) return undefined;
    return { status: 403, message: 'This key does not open the management API; use one with accessType "all"' };
  }
  const message = authorization === undefined ? 'No token, authorization denied' : 'Token is not valid';
  return { status: 401, message };
}
