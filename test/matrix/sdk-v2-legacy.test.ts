import { V2_LEGACY } from './clients/sdk-v2.ts';
import { describeClient } from './describe-client.ts';

describeClient(V2_LEGACY);
