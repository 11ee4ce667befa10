import { INSPECTOR_MODERN } from './clients/inspector.ts';
import { describeClient } from './describe-client.ts';

describeClient(INSPECTOR_MODERN);
