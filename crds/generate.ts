import { mkdirSync, writeFileSync } from 'node:fs';
import { generated } from './generate/files.ts';

// Writes every file that is made from operator/api/schema; a test checks that they are up to date.
mkdirSync(new URL('../operator/api/types', import.meta.url), { recursive: true });
for (const { path, text } of generated()) writeFileSync(new URL(`../${path}`, import.meta.url), text);
