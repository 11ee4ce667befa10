import { INSPECTOR_LEGACY } from './clients/inspector.ts';
import { describeClient } from './describe-client.ts';

describeClient(INSPECTOR_LEGACY);
