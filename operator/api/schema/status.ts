import { choice, type Fields, list, object, type Shape, text, whole } from './field.ts';

const MOST = 1_000_000_000;
const count = (description: string) => whole(description, { required: true, minimum: 0, maximum: MOST });

const CONDITION: Shape = {
  name: 'Condition',
  description: 'One aspect of the state, with what to do about it.',
  fields: {
    type: text('Ready, Available, Progressing, Degraded, ConfigValid or Verified.', {
      required: true,
      minLength: 1,
      maxLength: 316,
      tsType: 'ConditionType',
    }),
    status: choice('Whether it is so; Unknown where that could not be found out.', ['True', 'False', 'Unknown'], {
      required: true,
    }),
    reason: text('Why, in one word for programs; the reference lists all.', {
      required: true,
      minLength: 1,
      maxLength: 1024,
    }),
    message: text('Why, and what to do, for people.', { required: true, maxLength: 32_768 }),
    observedGeneration: whole('`metadata.generation` that this is about.', { minimum: 0, maximum: MOST }),
    lastTransitionTime: text('When `status` changed last.', { required: true, maxLength: 64, format: 'date-time' }),
  },
};

const PODS_READY: Fields = {
  replicas: count('Pods.'),
  ready: count('Pods that are ready.'),
};
const NODES_ACTIVE: Fields = {
  ...PODS_READY,
  active: count('Nodes that the coordinators know as healthy and give sessions.'),
};

const pool: Shape = {
  name: 'PoolStatus',
  description: 'State of one pool of nodes.',
  fields: {
    name: text('Name of the pool; `nodes` is that of `spec.nodes`.', { required: true, minLength: 1, maxLength: 16 }),
    ...NODES_ACTIVE,
    sessions: count('Sessions on its nodes.'),
  },
};

const server: Shape = {
  name: 'ServerStatusEntry',
  description: 'State of one server.',
  fields: {
    name: text('Name of the server.', { required: true, minLength: 1, maxLength: 253 }),
    replicas: count('Nodes on which it is up.'),
    status: choice(
      'connected: up on a node. connecting: starting. idle: starts on demand. failed: see `reason`. disabled: `enabled` is false. unknown: no node told of it.',
      ['connected', 'connecting', 'idle', 'failed', 'disabled', 'unknown'],
      { required: true },
    ),
    reason: text('Why it is not connected, and what to do.', { maxLength: 4096 }),
    protocol: text('Revision of MCP that it speaks, such as 2025-11-25.', { maxLength: 64 }),
    version: text('Its own version.', { maxLength: 256 }),
    tools: whole('Number of its tools.', { minimum: 0, maximum: MOST }),
  },
};

export const STATUS: Shape = {
  name: 'McpHubClusterStatus',
  description: 'What is. Only the operator writes it.',
  fields: {
    observedGeneration: whole('`metadata.generation` that the status is about.', { minimum: 0, maximum: MOST }),
    conditions: list('Aspects of the state. Ready sums them up.', object('One aspect.', CONDITION), {
      maxItems: 16,
      merge: { keys: ['type'] },
    }),
    url: text('Where clients connect.', { maxLength: 2048 }),
    coordinators: object('Counts of coordinators.', {
      name: 'CoordinatorCounts',
      description: 'Counts of coordinators.',
      fields: PODS_READY,
    }),
    nodes: object('Counts of nodes, of all pools.', {
      name: 'NodeCounts',
      description: 'Counts of nodes.',
      fields: NODES_ACTIVE,
    }),
    summary: object('Counts as the printer columns show them.', {
      name: 'StatusSummary',
      description: 'Counts as the printer columns show them.',
      fields: {
        nodes: text('Active nodes of all wanted, such as `3/3`.', { required: true, maxLength: 32 }),
        servers: text('Connected servers of all enabled, such as `1/1`.', { required: true, maxLength: 32 }),
      },
    }),
    sessions: whole('Sessions of clients on all nodes.', { minimum: 0, maximum: MOST }),
    selector: text('Labels of the Pods of `spec.nodes`, for the scale subresource.', { maxLength: 1024 }),
    replicas: whole('Pods of `spec.nodes`, for the scale subresource.', { minimum: 0, maximum: MOST }),
    pools: list('State of each pool of nodes.', object('A pool.', pool), { maxItems: 17, merge: { keys: ['name'] } }),
    servers: list('State of each server.', object('A server.', server), { maxItems: 1024, merge: { keys: ['name'] } }),
  },
};
