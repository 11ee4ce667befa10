import { CLUSTER_NOTES } from './cluster-notes.ts';
import { CLUSTER_REQUESTS } from './cluster-requests.ts';
import { ENDPOINT_EVENTS } from './endpoint-events.ts';
import { EVENT_STREAMS } from './event-streams.ts';
import { HOSTILE_SERVERS } from './hostile-servers.ts';
import { JSON_RPC_BODIES } from './json-rpc-bodies.ts';
import { MEMBER_PAYLOADS } from './member-payloads.ts';
import { ORIGINS } from './origins.ts';
import { POSTED_COMMENTS } from './posted-comments.ts';
import type { Property } from './property.ts';
import { REQUEST_HEADS } from './request-heads.ts';
import { ROUTES } from './routes.ts';
import { SESSION_IDS } from './session-ids.ts';
import { TRUNK_ANSWERS } from './trunk-answers.ts';
import { TRUNK_FRAMES } from './trunk-frames.ts';

/** Everything that is fuzzed, the quick ones first. */
export const PROPERTIES: readonly Property[] = [
  ...SESSION_IDS,
  ...CLUSTER_NOTES,
  ...REQUEST_HEADS,
  ...ROUTES,
  ...ORIGINS,
  ...JSON_RPC_BODIES,
  ...EVENT_STREAMS,
  ...ENDPOINT_EVENTS,
  ...POSTED_COMMENTS,
  ...TRUNK_FRAMES,
  ...TRUNK_ANSWERS,
  ...MEMBER_PAYLOADS,
  ...HOSTILE_SERVERS,
  ...CLUSTER_REQUESTS,
];
