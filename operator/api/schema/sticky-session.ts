import { DEFAULTS } from '../../../settings/defaults.ts';
import { choice, type Rule, type Shape, text } from './field.ts';
import { duration } from './time.ts';

/** Of a name of a cookie or header (RFC 9110, section 5.6.2). */
export const tokenRule = (what: string, example: string): Rule => ({
  rule: `self.matches('^[-!#$%&\\'*+.^_\`|~0-9A-Za-z]+$')`,
  message: `a name of a ${what} has letters, digits and !#$%&'*+.^_\`|~- only, such as ${example}`,
});

export const STICKY_SESSION: Shape = {
  name: 'StickySessionSpec',
  description: 'How a new session finds its node. A session that exists always goes to the node that has it.',
  fields: {
    strategy: choice(
      '`consistent-hash` spreads sessions evenly; `cookie` and `header` bring clients that show the same value to the same node.',
      ['consistent-hash', 'cookie', 'header'],
      { default: 'consistent-hash' },
    ),
    cookieName: text('Name of the cookie of the strategy `cookie`.', {
      minLength: 1,
      maxLength: 128,
      default: DEFAULTS.cookieName,
      rules: [tokenRule('cookie', DEFAULTS.cookieName)],
    }),
    headerName: text('Name of the header of the strategy `header`.', {
      minLength: 1,
      maxLength: 128,
      default: DEFAULTS.headerName,
      rules: [tokenRule('header', DEFAULTS.headerName)],
    }),
    timeout: duration('A session that was not used for so long is forgotten, in milliseconds.', {
      default: DEFAULTS.stickySessionTimeout,
    }),
  },
};
