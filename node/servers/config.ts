import { DEFAULTS } from '../../settings/defaults.ts';

/** Limits and times of this package. Times are milliseconds, sizes bytes. */
export const SERVERS = {
  /** How long a server may take from its start to the answer to `initialize`, where settings do not say. */
  startTimeout: DEFAULTS.startTimeout,
  /**
   * The turn of a start: how long it lasts at most, after how long without work it ends, how often that is looked at, and how many
   * ticks of the kernel (10 ms) in that time are no work.
   */
  turn: 5_000,
  turnRest: 1_000,
  turnLook: 200,
  restTicks: 1,
  /** How often pending requests are looked through for those that took too long. */
  sweepInterval: 250,
  /** Longest stderr line that is kept whole. */
  maxStderrLine: 4 * 1024,
  /** Last stderr lines that are kept for the reason of a failure, and how much of them a reason holds (characters). */
  stderrLines: 20,
  reasonTail: 600,
  /** How much of a line that is no message a reason holds (characters). */
  maxQuote: 200,
  /** Longest reason; `cluster/payload.ts` takes 2000 characters. */
  maxReason: 1_500,
  /** Largest amount that may wait for a stdio server to read its input. */
  maxUnread: 64 * 1024 * 1024,
  /** How long the output of an exited process may stay open before it is given up. */
  outputDrain: 200,
  /** Largest message of a remote server. */
  maxRemoteMessage: 32 * 1024 * 1024,
  /** How many times an answer may grow when it is decoded, once it is larger than one message may be. */
  maxGrowth: 100,
  /** Largest part of an HTTP error body that is quoted. */
  maxErrorBody: 64 * 1024,
  /** Longest id of an event, in characters, that a stream can be taken up at: it must fit into a header. */
  maxEventId: 4 * 1024,
  connectTimeout: 10_000,
  /** Bound on a POST that asks nothing: a notification, or an answer of the client. */
  noticeTimeout: 300_000,
  /** How long a server that refused something of a session may take to answer the ping that tells whether it knows the session. */
  pingTimeout: 5_000,
  /** How long a request that did not arrive waits for its server to be opened again. */
  reconnectPatience: 1_000,
  /** Bound on the DELETE that ends a remote session. */
  farewellTimeout: 1_000,
  /** Reconnection of event streams: shortest delay that a server can ask for, first and longest, and attempts without any event. */
  minStreamDelay: 100,
  streamDelay: 1_000,
  maxStreamDelay: 30_000,
  streamAttempts: 5,
  /** How long a subscription to a resource may wait for the server's acknowledgement. */
  acknowledgeTimeout: 5_000,
  /** A stream of subscriptions that lived this long has not failed. */
  steadyStream: 5_000,
  /** How long a server that speaks initialize may take to answer server/discover before it counts as legacy. */
  probeTimeout: 5_000,
  /** A server that did not speak 2026-07-28 is asked again after this long. */
  eraHorizon: 3_600_000,
  /** One that said nothing is asked again after this long; each further time it takes twice as long. */
  askAgain: 1_000,
  maxRedirects: 3,
  /** The same warning about the same server is written at most once in this time. */
  warningInterval: 10_000,
} as const;

/** Times of one host, replaceable for tests and embedding. */
export interface HostTiming {
  startTimeout: number;
  /** Delay of the first restart; each further one doubles it. */
  firstDelay: number;
  maxDelay: number;
  /** A connection that lived this long starts the delays anew when it is lost. */
  healthyAfter: number;
  /** A call starts a server in back-off at once when its last attempt is older than this. */
  retryAfter: number;
  /** How long a process may take to end after its input ended, and again after SIGTERM. */
  exitGrace: number;
}

export const HOST_TIMING: HostTiming = {
  startTimeout: SERVERS.startTimeout,
  firstDelay: 250,
  maxDelay: 30_000,
  healthyAfter: 60_000,
  retryAfter: 1_000,
  exitGrace: 2_000,
};
