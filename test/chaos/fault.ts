/** What can happen to members of the cluster. */
export const FAULTS = [
  'kill',
  'freeze',
  'drain',
  'reload',
  'reset',
  'slow',
  'coordinator-kill',
  'coordinator-restart',
] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface FaultSpec {
  /** A sentence for people. */
  what: string;
  on: 'node' | 'coordinator';
  /** The member cannot do its work meanwhile, so that another one has to. */
  disturbs: boolean;
  /** Its process ends, and with it what its memory could have shown. */
  ends: boolean;
  /** `only`: it happens on the way to the node, where a proxy is; `not`: a proxy would change what others see of it. */
  proxied?: 'only' | 'not';
  /** Shortest and longest time, in milliseconds, that it lasts: the process is away or stopped, or the way is slow. */
  lasts: readonly [number, number];
  /** Milliseconds that the schedule leaves the member after that to be as before. */
  recovery: number;
  /** A call that is in flight at the member may be lost. What else fails a call is a violation. */
  harms: boolean;
  /** Streams that go through the member may end. */
  endsStreams: boolean;
}

export const FAULT_SPECS: Readonly<Record<FaultKind, FaultSpec>> = {
  kill: {
    what: 'a node is killed (SIGKILL) and started again',
    on: 'node',
    disturbs: true,
    ends: true,
    lasts: [500, 3_000],
    recovery: 4_000,
    harms: true,
    endsStreams: true,
  },
  freeze: {
    what: 'a node stands still (SIGSTOP) for longer than nodeTimeout, then goes on',
    on: 'node',
    disturbs: true,
    ends: false,
    lasts: [3_000, 9_000],
    recovery: 2_500,
    harms: true,
    endsStreams: true,
  },
  drain: {
    what: 'a node is asked to end (SIGTERM) and started again',
    on: 'node',
    disturbs: true,
    ends: true,
    // Behind a proxy, a node that listens no more would accept and break off instead of refusing.
    proxied: 'not',
    lasts: [300, 2_000],
    recovery: 6_000,
    harms: false,
    endsStreams: true,
  },
  reload: {
    what: 'a server is added to the settings of a node, or taken away',
    on: 'node',
    disturbs: false,
    ends: false,
    lasts: [0, 0],
    recovery: 3_000,
    harms: false,
    endsStreams: false,
  },
  reset: {
    what: 'all connections between coordinators and a node are reset',
    on: 'node',
    disturbs: false,
    ends: false,
    proxied: 'only',
    lasts: [0, 0],
    recovery: 1_000,
    harms: true,
    endsStreams: true,
  },
  slow: {
    what: 'each piece of data between coordinators and a node is held back for a while',
    on: 'node',
    disturbs: false,
    ends: false,
    proxied: 'only',
    lasts: [2_000, 5_000],
    recovery: 500,
    harms: false,
    endsStreams: false,
  },
  'coordinator-kill': {
    what: 'a coordinator is killed (SIGKILL) and started again',
    on: 'coordinator',
    disturbs: true,
    ends: true,
    lasts: [500, 3_000],
    recovery: 4_000,
    harms: true,
    endsStreams: true,
  },
  'coordinator-restart': {
    what: 'a coordinator is asked to end (SIGTERM) and started again',
    on: 'coordinator',
    disturbs: true,
    ends: true,
    lasts: [200, 1_000],
    recovery: 6_000,
    harms: false,
    endsStreams: true,
  },
};
