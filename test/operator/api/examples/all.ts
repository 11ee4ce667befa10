import { ACCESS } from './access.ts';
import type { Example } from './example.ts';
import { EXPOSURE } from './exposure.ts';
import { NODES } from './nodes.ts';
import { SERVERS } from './servers.ts';

/** Of every rule of the CRD. */
export const EXAMPLES: readonly Example[] = [...SERVERS, ...ACCESS, ...EXPOSURE, ...NODES];
