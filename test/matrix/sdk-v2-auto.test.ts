import { V2_AUTO } from './clients/sdk-v2.ts';
import { describeClient } from './describe-client.ts';

describeClient(V2_AUTO);
