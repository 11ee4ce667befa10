import type { ServerConfig } from '../../settings/schema.ts';

const SECRET_NAME = /key|token|secret|pass|auth|credential|cookie/i;
const SHORTEST = 6;

/** Takes the secrets of an entry (values of `env` with telling names, all `headers`) out of texts that are shown. */
export function createRedactor(config: ServerConfig): (text: string) => string {
  const environment = Object.entries(config.env ?? {}).filter(([name]) => SECRET_NAME.test(name));
  const secrets = [...environment, ...Object.entries(config.headers ?? {})]
    .flatMap(([, value]) => [value, value.replace(/^\S+ /, '')])
    .filter((value) => value.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}
