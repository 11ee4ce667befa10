import type { ServerResponse } from 'node:http';
import type { Boundary } from '../../cluster/boundary.ts';
import { KEEP_ALIVE } from '../../mcp/sse.ts';
import type { Affinity } from '../sessions/affinities.ts';

/** An event stream on its way to a client. */
export interface OpenStream {
  readonly res: ServerResponse;
  /** Whose stream it is, as soon as that is known. */
  readonly session: Affinity | undefined;
  /** When the last byte was written; of performance.now(). */
  lastWrite: number;
  /** Whether the last byte ended an event, so that a comment may follow. */
  atBoundary: boolean;
}

/** A response whose client does not take what is waiting for it. */
export interface StalledResponse {
  /** Of performance.now(). */
  readonly stalledSince: number;
  cutOff(): void;
}

/** Looks after all open responses with one coarse timer. */
export interface StreamKeeper {
  readonly streams: Set<OpenStream>;
  readonly stalled: Set<StalledResponse>;
  /** Sees to it that the timer runs; call it after adding to one of the sets. */
  wake(): void;
  stop(): void;
}

/**
 * Makes the keeper.
 * @param keepAliveInterval milliseconds of silence after which a comment is sent
 * @param slowClientTimeout milliseconds after which a client that does not read is cut off
 */
export function createStreamKeeper(
  keepAliveInterval: number,
  slowClientTimeout: number,
  boundary: Boundary,
): StreamKeeper {
  const period = Math.max(10, Math.min(1_000, keepAliveInterval / 4, slowClientTimeout / 4));
  let timer: NodeJS.Timeout | undefined;

  function tick(): void {
    const now = performance.now();
    for (const stream of keeper.streams) {
      if (now - stream.lastWrite < keepAliveInterval || !stream.atBoundary || stream.res.writableNeedDrain) continue;
      stream.lastWrite = now;
      stream.res.write(KEEP_ALIVE);
    }
    for (const response of keeper.stalled) if (now - response.stalledSince >= slowClientTimeout) response.cutOff();
    if (keeper.streams.size === 0 && keeper.stalled.size === 0) keeper.stop();
  }

  const keeper: StreamKeeper = {
    streams: new Set(),
    stalled: new Set(),
    wake() {
      timer ??= setInterval(boundary('timer of streams', tick), period).unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
  return keeper;
}
