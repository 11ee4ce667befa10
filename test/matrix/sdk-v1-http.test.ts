import { V1_HTTP } from './clients/sdk-v1.ts';
import { describeClient } from './describe-client.ts';

describeClient(V1_HTTP);
