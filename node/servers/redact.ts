import type { ServerConfig } from '../../settings/schema.ts';
import { isLikelyKey } from '../../settings/shown-url.ts';

const SECRET_NAME = /key|token|secret|pass|auth|credential|cookie|pwd|dsn/i;
const SHORTEST = 6;
/** An option of a program, alone or with its value. */
const OPTION = /^--?([\w-]+)(?:=(.*))?$/s;
/** User, password, path and query of an address, wherever in a text it stands. */
const ADDRESS = /\b[a-z][\w+.-]*:\/\/(?:([^\s/?#@:]*)(?::([^\s/?#@]*))?@)?([^\s?#]*)(?:\?([^\s#]*))?/gi;

/**
 * Takes the secrets of an entry out of texts that are shown: values of `env` and of `args` with telling names, all `headers`, and the
 * users, passwords, keys and queries of addresses in any of them and in `url`.
 */
export function createRedactor(config: ServerConfig): (text: string) => string {
  const { env = {}, args = [], headers = {}, url = '' } = config;
  const named = Object.entries(env).flatMap(([name, value]) => (SECRET_NAME.test(name) ? value : []));
  const texts = [...named, ...Object.values(headers), ...secretArguments(args)];
  const secrets = [...Object.values(env), ...args, ...Object.values(headers), url]
    .flatMap(secretsOfAddresses)
    .concat(texts.flatMap((value) => [value, value.replace(/^\S+ /, '')]))
    .filter((value) => value.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  const all = [...new Set(secrets)];
  return (text) => all.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}

function secretArguments(args: readonly string[]): string[] {
  return args.flatMap((argument, index) => {
    const [, name, value] = OPTION.exec(argument) ?? [];
    if (name === undefined || !SECRET_NAME.test(name)) return [];
    const next = args[index + 1];
    if (value !== undefined) return [value];
    return next === undefined || OPTION.test(next) ? [] : [next];
  });
}

/** As they are written, and decoded. */
function secretsOfAddresses(text: string): string[] {
  return Array.from(text.matchAll(ADDRESS)).flatMap(([, user = '', password = '', path = '', query = '']) => {
    const values = Array.from(new URLSearchParams(query).values());
    const written = query.split('&').map((pair) => pair.slice(pair.indexOf('=') + 1));
    const keys = path.split('/').filter(isLikelyKey);
    return [user, password, ...keys, ...written].flatMap((part) => [part, percentDecoded(part)]).concat(values);
  });
}

/** The text itself where its escapes are none. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
