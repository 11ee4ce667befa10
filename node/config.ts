/** The node's own limits and times. Times are milliseconds, sizes bytes. */
export const CONFIG = {
  /** How much of a refused body is still taken from the socket, and for how long, so that its client reads why. */
  maxDroppedBytes: 32 * 1024 * 1024,
  dropTime: 2_000,
  /**
   * What may wait for a client that does not read its stream; beyond it the stream is cut off. Twice the largest
   * message of a remote server, so that no client is cut off while it reads one.
   */
  maxUnreadBytes: 64 * 1024 * 1024,
  /** Messages kept for a client that has no stream open at the moment. */
  backlogPerSession: 64,
  /** How long an HTTP+SSE session whose node was lost may wait for its stream to follow it here. */
  streamAwaited: 2_000,
  /** Changes of lists within this time become one notification. */
  announceDelay: 20,
  /** The table of the cluster's servers: bound on one question, which a coordinator holds for 25 s; pause after a failure; size. */
  tableTimeout: 40_000,
  tableRetry: 500,
  maxTableBytes: 16 * 1024 * 1024,
  /** Pause after each answer with a table, so that no coordinator keeps a node busy with it. */
  tablePause: 10,
  /** Largest answer to a register or a heartbeat. */
  maxReplyBytes: 16 * 1024 * 1024,
  /** How many servers of other nodes are asked for their lists at once when they become known. */
  elsewhereAtOnce: 8,
  /** How long a server of another node may take to say what it is. */
  elsewhereTimeout: 10_000,
  /** Connections to coordinators: how long one may take, and stay idle. Coordinators close idle ones later. */
  elsewhereConnect: 2_000,
  elsewhereKeepAlive: 4_000,
  /** Questions of a server that come within so long are one round for a client of 2026-07-28, which may have a person answer them. */
  questionsTogether: 20,
  /** How long a process of a modern client may take to ask for roots when it begins or they have changed, before a call goes to it. */
  rootsPatience: 1_000,
  /** How often a server of 2026-07-28 may ask a session's client for input in one call. */
  maxInputRounds: 32,
  /** A process that served modern requests ends after this long without one; one that keeps a client's state lives longer. */
  laneIdleTime: 60_000,
  stateIdleTime: 1_800_000,
  /** How long clients of 2026-07-28 may cache merged lists when servers say nothing; changes are told to those who listen. */
  listTtl: 10_000,
  /** A list of a modern server that does not tell of changes is fetched again after its own `ttlMs`, but not sooner than this. */
  minListAge: 5_000,
  /** Longest that such a list is kept, whatever its server says; and how long reading a list may take. */
  maxListAge: 86_400_000,
  maxListTime: 300_000,
  /** Keys of ended sessions that one heartbeat tells. */
  maxBuried: 10_000,
  /** What a client is told to wait when a limit is reached, in seconds. */
  retryAfter: 2,
  /** The same when all is in use by clients that are there, who may leave at any moment. */
  retryWhileInUse: 10,
  /** How long a node that leaves still takes requests that were sent before its coordinators heard of it. */
  leaveGrace: 100,
  /** Retry after a coordinator refused the connection. */
  refusedRetry: 250,
  /** How soon coordinators hear of sessions that were adopted or ended. */
  newsDelay: 10,
  /** How soon a heartbeat follows when the connection to a coordinator ended; it may have been the last for a while. */
  disconnectDelay: 20,
  /** Bound on one register or heartbeat request. */
  membershipTimeout: 5_000,
  /** Slowest accepted arrival of a whole request, and of its head. */
  requestTimeout: 60_000,
  headersTimeout: 10_000,
  /** How often connections are looked through for requests that take too long to arrive. */
  slowSenderInterval: 2_000,
  keepAliveTimeout: 75_000,
  /** Silence after which the operating system looks whether the coordinator of a trunk is still there. */
  tcpKeepAlive: 60_000,
  maxHeaderSize: 16 * 1024,
  /** A list that a server never ends is cut off here. */
  maxListItems: 20_000,
  maxListPages: 1_000,
  /** So much of a list is read, as JSON; an item of it that is larger, or has more levels, is left out. */
  maxListBytes: 32 * 1024 * 1024,
  maxItemBytes: 1024 * 1024,
  maxItemDepth: 128,
  /** Items of one page of a list that clients are given. */
  listPageSize: 1_000,
  /**
   * What `search_tools` of a smart target gives: tools where the client does not say, at most, and characters of a description; and
   * takes: characters and different words of a query, and characters of each text of a tool.
   */
  smartSearch: { limit: 10, maxLimit: 50, description: 200, query: 1_000, words: 32, text: 4_000 },
  /** Longest name of a tool or prompt, and longest URI and URI template, in characters. */
  maxNameLength: 1_000,
  maxUriLength: 8_192,
  /** Most resources that one `subscriptions/listen` names, and characters of a cursor. */
  maxCursorLength: 128 * 1024,
  maxListenedResources: 1_000,
  /** Resources that one session may be subscribed to, and questions of servers that may wait for its client. */
  maxSubscriptions: 1_000,
  maxQuestions: 1_000,
} as const;

/** Times that tests and embedding may replace. */
export interface NodeTiming {
  /** A request without an answer becomes an event stream after this long, so that intermediaries see life. */
  silenceBeforeStream: number;
  /** How long `initialize`, lists and log levels wait for servers that are starting or do not answer: once, counted from then. */
  serverDeadline: number;
  /** How long a server waits for the client's answer to sampling, elicitation or roots. */
  clientAnswerTimeout: number;
  /** How often sessions and their own processes are looked through for unused ones. */
  sweepInterval: number;
}

export const NODE_TIMING: NodeTiming = {
  silenceBeforeStream: 10_000,
  serverDeadline: 5_000,
  clientAnswerTimeout: 600_000,
  sweepInterval: 1_000,
};
