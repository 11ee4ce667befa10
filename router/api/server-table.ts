import type { IncomingMessage, ServerResponse } from 'node:http';
import { ROUTER_DEFAULTS } from '../config.ts';
import type { RouterContext } from '../context.ts';
import { isMember } from './api-auth.ts';
import { refuseStranger, respond, respondText } from './plain-reply.ts';

/** Where nodes ask which servers there are in the cluster. */
export const SERVER_TABLE_PATH = '/api/cluster/servers';

/**
 * The table of servers, for members. Whoever knows it already waits for the next one. Without express, since every node has such a
 * request open all the time.
 * @returns whether the request is such a one, and so is answered
 */
export function createServerTableApi(context: RouterContext): (req: IncomingMessage, res: ServerResponse) => boolean {
  const path = context.basePath + SERVER_TABLE_PATH;
  return (req, res) => {
    const { method, url = '' } = req;
    if (method !== 'GET' || !url.startsWith(path)) return false;
    const rest = url.slice(path.length);
    if (rest !== '' && rest[0] !== '?') return false;
    if (isMember(context, req.headers.authorization)) answer(context, res, new URLSearchParams(rest).get('known'));
    else refuseStranger(req, res);
    return true;
  };
}

function answer({ serverTable, timings, boundary }: RouterContext, res: ServerResponse, known: string | null): void {
  if (known !== serverTable.version) return tell();
  if (serverTable.stopped) {
    res.setHeader('retry-after', String(ROUTER_DEFAULTS.retryAfter));
    return respond(res, 503, { success: false, message: 'This coordinator is shutting down; ask another one' });
  }
  const leave = boundary('table of servers', over, () => res.destroy());
  const end = serverTable.wait(leave);
  const timer = setTimeout(leave, timings.serverTableWait);
  timer.unref();
  res.on('close', stopWaiting);

  function stopWaiting(): void {
    clearTimeout(timer);
    end();
  }
  function over(): void {
    stopWaiting();
    res.off('close', stopWaiting);
    tell();
  }
  function tell(): void {
    const { version } = serverTable;
    const servers = version === known ? '' : `,"servers":${serverTable.rows}`;
    respondText(res, 200, `{"success":true,"data":{"version":${JSON.stringify(version)}${servers}}}`);
  }
}
