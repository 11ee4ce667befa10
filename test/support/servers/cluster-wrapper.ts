import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Starts the real server as its child, as `npx` and `uvx` do, and does not care for it afterwards. */
const server = fileURLToPath(new URL('cluster-tools.ts', import.meta.url));
const child = spawn(process.execPath, [server], { stdio: 'inherit' });
child.on('exit', (code) => process.exit(code ?? 1));
