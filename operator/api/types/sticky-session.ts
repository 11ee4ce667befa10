// Made from operator/api/schema by "npm run generate": change that, not this.

/** How a new session finds its node. A session that exists always goes to the node that has it. */
export interface StickySessionSpec {
  /**
   * `consistent-hash` spreads sessions evenly; `cookie` and `header` bring clients that show the same value to the same
   * node. Default "consistent-hash".
   */
  strategy?: 'consistent-hash' | 'cookie' | 'header';
  /** Name of the cookie of the strategy `cookie`. Default "MCPHUB_NODE". */
  cookieName?: string;
  /** Name of the header of the strategy `header`. Default "X-MCPHub-Node". */
  headerName?: string;
  /** A session that was not used for so long is forgotten, in milliseconds. Default 3600000. */
  timeout?: number;
}
