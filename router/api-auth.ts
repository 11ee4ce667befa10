import type { RequestHandler } from 'express';
import { bearerToken, secretsMatch } from '../cluster/token.ts';
import type { RouterContext } from './context.ts';

/** Whether a request carries one of the cluster's tokens. */
export function hasClusterToken(authorization: string | undefined, tokens: readonly string[]): boolean {
  const presented = bearerToken(authorization);
  return tokens.some((token) => secretsMatch(presented, token));
}

/** For register, heartbeat and drain: the cluster token, as soon as there is one. */
export function requireClusterToken({ clusterTokens }: RouterContext): RequestHandler {
  return (req, res, next) => {
    if (clusterTokens.length === 0 || hasClusterToken(req.headers.authorization, clusterTokens)) return next();
    res
      .status(401)
      .set('www-authenticate', 'Bearer realm="mcphub-cluster"')
      .json({ success: false, message: 'This endpoint needs the cluster token (Authorization: Bearer <token>)' });
  };
}

/** For the reading part: open unless keys are asked for, then a key that opens everything, or the cluster token. */
export function requireReader({ settings, principals, clusterTokens }: RouterContext): RequestHandler {
  return (req, res, next) => {
    if (settings.current.systemConfig.routing.skipAuth || !principals.required()) return next();
    const { authorization } = req.headers;
    if (clusterTokens.length > 0 && hasClusterToken(authorization, clusterTokens)) return next();
    const principal = principals.authenticate(authorization);
    if (typeof principal !== 'string' && principal.all) return next();
    const known = typeof principal !== 'string';
    const message = known
      ? 'This key does not open the management API; use one with accessType "all"'
      : authorization === undefined
        ? 'No token, authorization denied'
        : 'Token is not valid';
    if (!known) res.set('www-authenticate', 'Bearer realm="mcphub"');
    res.status(known ? 403 : 401).json({ success: false, message });
  };
}
