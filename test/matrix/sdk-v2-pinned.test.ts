import { V2_PINNED } from './clients/sdk-v2.ts';
import { describeClient } from './describe-client.ts';

describeClient(V2_PINNED);
