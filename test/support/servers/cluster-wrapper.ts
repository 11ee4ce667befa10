import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Starts the real server as its child, as `npx` and `uvx` do, and does not care for it afterwards; and one more process, which
 * does not notice that its input ends.
 */
const server = fileURLToPath(new URL('cluster-tools.ts', import.meta.url));
const child = spawn(process.execPath, [server], { stdio: 'inherit' });
spawn('sleep', ['3600'], { stdio: 'ignore' });
child.on('exit', (code) => process.exit(code ?? 1));
