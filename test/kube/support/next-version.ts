/** Loaded before the operator (`--import`), it makes it one of another version. */
import { registerHooks } from 'node:module';

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith('/bin/version.ts')) return loaded;
    return { ...loaded, source: String(loaded.source).replace('return version;', "return '99.0.0';") };
  },
});
