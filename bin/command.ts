/** Every command, and what it takes. `start` is what happens without a command. */
export const COMMANDS = {
  start: { api: false, file: false },
  demo: { api: false, file: false },
  status: { api: true, file: false },
  nodes: { api: true, file: false },
  servers: { api: true, file: false },
  sessions: { api: true, file: false },
  validate: { api: false, file: true },
  operator: { api: false, file: false },
} as const;
export type CommandName = keyof typeof COMMANDS;
