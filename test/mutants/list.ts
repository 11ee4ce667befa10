import { CLUSTER } from './guards/cluster.ts';
import { INPUT } from './guards/input.ts';
import { NODE } from './guards/node.ts';
import { OPERATOR } from './guards/operator.ts';
import { PLACES } from './guards/places.ts';
import { ROUTER } from './guards/router.ts';
import type { Mutant } from './mutant.ts';

/** All breaks that are made. Whoever adds a guard adds its break. */
export const MUTANTS: readonly Mutant[] = [...ROUTER, ...PLACES, ...CLUSTER, ...NODE, ...OPERATOR, ...INPUT];
