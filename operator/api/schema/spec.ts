import { DEFAULT_POOL } from '../names.ts';
import { AUTH } from './auth.ts';
import { COORDINATOR } from './coordinator.ts';
import { flag, object, type Rule, type Shape } from './field.ts';
import { groups } from './groups.ts';
import { IMAGE } from './image.ts';
import { MONITORING } from './monitoring.ts';
import { NETWORK_POLICY } from './network-policy.ts';
import { NODES, nodePools } from './nodes.ts';
import { mcpServers } from './servers.ts';
import { SETTINGS_SOURCE } from './settings-source.ts';
import { STICKY_SESSION } from './sticky-session.ts';

/** In CEL, over the name of a server and its entry: hosted by pools that exist. */
const HOSTED = `!has(self.mcpServers[name].pools) || self.mcpServers[name].pools.all(pool, pool == '${DEFAULT_POOL}' || (has(self.nodePools) && self.nodePools.exists(known, known.name == pool)))`;
const REACHED =
  'has(self.mcpServers[name].command) || has(self.mcpServers[name].url) || has(self.mcpServers[name].container)';
/** Over a pool: names servers that exist. */
const KNOWN = '!has(pool.servers) || pool.servers.all(server, has(self.mcpServers) && server in self.mcpServers)';

const SPEC_RULES: readonly Rule[] = [
  {
    rule: `!has(self.mcpServers) || has(self.settingsFrom) || self.mcpServers.all(name, ${REACHED})`,
    message:
      'each server needs one of command (a program to start), url (a remote server) and container (a sidecar); openapi servers are not served',
  },
  {
    rule: `!has(self.mcpServers) || self.mcpServers.all(name, ${HOSTED})`,
    message: `a server names a pool that does not exist; write ${DEFAULT_POOL}, or a name of spec.nodePools`,
  },
  {
    rule: `!has(self.nodePools) || has(self.settingsFrom) || self.nodePools.all(pool, ${KNOWN})`,
    message:
      'a pool of spec.nodePools names a server that is not in spec.mcpServers; correct the name, or add the server',
  },
];

export const SPEC: Shape = {
  name: 'McpHubClusterSpec',
  description: 'What is wanted.',
  fields: {
    paused: flag('The operator leaves everything as it is, until this is false again.', { default: false }),
    image: object('Container images of coordinators and nodes.', IMAGE, { default: {} }),
    coordinator: object('The coordinators: where clients connect.', COORDINATOR, { default: {} }),
    stickySession: object('How a new session finds its node.', STICKY_SESSION, { default: {} }),
    nodes: object('The pool of nodes that hosts every server that names no other.', NODES, { default: {} }),
    nodePools,
    mcpServers,
    groups,
    auth: object('Who may connect. Absent: everybody who reaches the coordinators.', AUTH),
    settingsFrom: object(
      'An existing mcp_settings.json, under which the fields of this object win: servers are merged key by key, groups and bearer keys are replaced by those of the same name.',
      SETTINGS_SOURCE,
    ),
    monitoring: object('What Prometheus and Grafana get.', MONITORING, { default: {} }),
    networkPolicy: object('Who may connect, on the level of the network.', NETWORK_POLICY, { default: {} }),
  },
  rules: SPEC_RULES,
};

/** Rules of the whole object: names of the objects and Pods that belong to it follow from its own. */
export const ROOT_RULES: readonly Rule[] = [
  {
    rule: "self.metadata.name.size() <= 40 && self.metadata.name.matches('^[a-z]([a-z0-9-]*[a-z0-9])?$')",
    message:
      'metadata.name must have at most 40 characters: small letters, digits and hyphens, beginning with a letter, such as tools-eu; choose another name',
  },
];
