import { V1_SSE } from './clients/sdk-v1.ts';
import { describeClient } from './describe-client.ts';

describeClient(V1_SSE);
