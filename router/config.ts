/** Limits and intervals of the coordinator that no setting changes. Times are milliseconds, sizes bytes. */
export const ROUTER_DEFAULTS = {
  /** How much of a refused body is still read and dropped, so that its client gets to see the answer. */
  maxDropped: 32 * 1024 * 1024,
  /** Bodies up to this size are held in memory, so that they can be sent again. */
  heldBodySize: 64 * 1024,
  /** The same while a node drains or cannot be reached. */
  heldInTransition: 1024 * 1024,
  /** All that is held of bodies above the usual size, at once. */
  heldTogether: 256 * 1024 * 1024,
  /** How soon clients of HTTP+SSE open a stream again that ended. */
  sseRetry: 100,
  /** An HTTP+SSE stream that lasted this long at a node may be continued as often as any. */
  steadyStream: 1_000,
  /** Largest body of a management request. */
  maxApiBodySize: 8 * 1024 * 1024,
  /** JSON values in it, names of members included. */
  maxApiValues: 200_000,
  /** Keys of ended sessions that one reply to a heartbeat tells. */
  maxBuried: 10_000,
  /** Keys of sessions that another node has taken over that one such reply tells. */
  maxStale: 10_000,
  /** Such keys that are kept for all nodes together, at about 150 bytes each. */
  maxStaleKept: 200_000,
  /** How long a node may take to tell that it has taken over a session that was sent to it; longer than a request may take to arrive. */
  claimPatience: 300_000,
  /** Silence on an event stream after which a comment is sent. */
  keepAliveInterval: 15_000,
  /** A client that does not read for this long, while data is waiting for it, is cut off. */
  slowClientTimeout: 60_000,
  /** How long a request waits for a node that can serve it. */
  placementTimeout: 5_000,
  /** How often a request that waits for a node looks again. */
  lookAgain: 250,
  /** How long a node that knows the table of servers waits for another one. */
  serverTableWait: 25_000,
  /** How long after its start a coordinator waits for nodes that others told of; less than requests wait. */
  expectNodes: 4_000,
  /** How long opening a connection to a node may take. */
  connectTimeout: 3_000,
  /** How long to wait until a node is asked again for a trunk that it did not open. */
  trunkRetry: 5_000,
  /** How often a trunk is asked whether it still works. Nothing at all after two questions is its end. */
  trunkPing: 10_000,
  /** Silence after which the operating system looks whether the other end of a connection is still there. */
  tcpKeepAlive: 60_000,
  /** How long a node that sends no heartbeats may take to answer whether it is there. */
  healthTimeout: 2_000,
  /** A new coordinator that no node has registered with is not ready before this time. */
  firstNodeTimeout: 2_000,
  /** A request that may have been executed is sent at most this many times; one that was surely not begun, so many times. */
  maxAttempts: 4,
  maxUnbegun: 16,
  /** Requests of an HTTP+SSE session that are answered with an error when its node is lost. */
  maxPosted: 256,
  /** Sessions remembered; others are verified again at their next request. */
  maxAffinities: 100_000,
  /** A node that is silent for this many times `nodeTimeout` is forgotten. */
  forgetFactor: 10,
  /** No node gets new sessions above this many times the mean. */
  loadBound: 1.25,
  maxHeaderSize: 16 * 1024,
  /** How long the head of a request, and a request as a whole, may take to arrive. */
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  /** How often connections are looked through for requests that take too long to arrive. */
  slowSenderInterval: 2_000,
  keepAliveTimeout: 75_000,
  /** What a refused client is told to wait, in seconds. */
  retryAfter: 2,
} as const;

/** What tests shorten. */
export interface RouterTimings {
  keepAliveInterval: number;
  slowClientTimeout: number;
  placementTimeout: number;
  serverTableWait: number;
  connectTimeout: number;
  healthTimeout: number;
  headersTimeout: number;
  requestTimeout: number;
  slowSenderInterval: number;
}
