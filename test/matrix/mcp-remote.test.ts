import { MCP_REMOTE } from './clients/mcp-remote.ts';
import { describeClient } from './describe-client.ts';

describeClient(MCP_REMOTE);
