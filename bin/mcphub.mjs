#!/usr/bin/env node
// The way into the sources: older versions of Node.js cannot read them, and would say so with a stack trace.
const OLDEST_NODE = 24;

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  await import('./mcphub.ts');
} else {
  const remedy = 'in a clone, "npm run mcphub --" takes the one that npm ci has installed';
  process.stderr.write(`mcphub: needs Node.js ${OLDEST_NODE} or later, and this is ${process.version}; ${remedy}\n`);
  process.exitCode = 1;
}
