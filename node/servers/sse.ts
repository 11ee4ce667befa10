import { StdioChannel } from './stdio.ts';
export class SseChannel extends StdioChannel {
  constructor(name: string, config: never, context: never) { super(name, config, context); throw new Error('being written'); }
}
