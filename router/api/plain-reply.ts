import type { IncomingMessage, ServerResponse } from 'node:http';
import { drain } from '../edge/body.ts';

/** Answers a member of the cluster without express. */
export function respond(res: ServerResponse, status: number, body: object): void {
  respondText(res, status, JSON.stringify(body));
}

/** The same with a body that is JSON already. */
export function respondText(res: ServerResponse, status: number, body: string | Buffer): void {
  res.statusCode = status;
  res.setHeader('content-type', 'application/json; charset=utf-8');
  // As one text: head and body then leave in one write.
  res.end(body);
}

/**
 * Answers whoever has no token of the cluster.
 * @param header where the token is to be
 */
export function refuseStranger(
  req: IncomingMessage,
  res: ServerResponse,
  header = 'Authorization: Bearer <token>',
): void {
  res.setHeader('www-authenticate', 'Bearer realm="mcphub-cluster"');
  respond(res, 401, {
    success: false,
    message: `This endpoint needs the cluster token (${header})`,
  });
  drain(req);
}
