// Run by `helm test`: whether the operator is ready, and whether the API server serves McpHubClusters.
const { readFileSync } = require('node:fs');

const DEADLINE = Date.now() + Number(process.env.PATIENCE_MS || 60_000);
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const API = process.env.API_URL || 'https://kubernetes.default.svc';

async function ask(url, options) {
  const answer = await fetch(url, { ...options, signal: AbortSignal.timeout(5000) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 300)}`);
  return text;
}

async function untilPassed(name, check) {
  for (;;) {
    try {
      await check();
      process.stdout.write(`ok: ${name}\n`);
      return;
    } catch (error) {
      const reason = error.cause?.message ? `${error.message}: ${error.cause.message}` : error.message;
      if (Date.now() > DEADLINE) throw new Error(`not so: ${name}: ${reason}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function main() {
  await untilPassed('the operator is ready', () => ask(`${process.env.OPERATOR_URL}/readyz`));
  await untilPassed('McpHubClusters are served', async () => {
    const token = readFileSync(process.env.TOKEN_FILE || `${ACCOUNT}/token`, 'utf8').trim();
    const text = await ask(`${API}/apis/mcphub.io/v1alpha1`, { headers: { authorization: `Bearer ${token}` } });
    const served = JSON.parse(text).resources.map(({ name }) => name);
    for (const name of ['mcphubclusters', 'mcphubclusters/status', 'mcphubclusters/scale']) {
      if (!served.includes(name)) throw new Error(`mcphub.io/v1alpha1 has ${served.join(', ')}, but not ${name}`);
    }
  });
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
