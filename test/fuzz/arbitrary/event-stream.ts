import fc from 'fast-check';
import { anyText } from './texts.ts';

const oneLine = anyText(10).map((text) => text.replace(/[\r\n]/g, ' '));
const fieldName = fc.constantFrom('data', 'event', 'id', 'retry', 'other', 'Data', 'data ', '');
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fieldName, fc.constantFrom(':', ': ', ':  '), oneLine).map((parts) => parts.join('')),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('data: {"a":1}', 'event: endpoint', 'retry: 50', 'retry: 5s', 'id: a\0b', 'data'),
  },
  { weight: 1, arbitrary: oneLine.map((text) => `:${text}`) },
  { weight: 3, arbitrary: fc.constant('') },
);

/** The three line ends of the standard. */
export const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

/** An event stream as any writer may write it, perhaps with a byte order mark and an unfinished end. */
export const streamText: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof({ weight: 9, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constant('\ufeff') }),
    fc.array(fc.tuple(line, lineEnd), { maxLength: 16 }),
    fc.oneof(fc.constant(''), line),
  )
  .map(([mark, lines, rest]) => mark + lines.flat().join('') + rest);
