/** What of a URI an expression of a template may stand for: one segment, any text, or any text or none. */
type Variable = 'segment' | 'text' | 'optional';
type Part = { literal: string } | { variable: Variable };

const EXPRESSION = /(\{[^{}]*\})/;
/** What ends a segment. */
const ENDS_SEGMENT: ReadonlySet<string> = new Set('/?#');

/** Templates repeat; each is taken apart once. */
const known = new Map<string, readonly Part[]>();
const MAX_KNOWN = 10_000;

/**
 * Whether a URI can have come from an RFC 6570 template. `{name}` stands for one segment, `{+name}` and `{#name}` for
 * any text, the other operators for what follows them; good enough to find the owner of a resource. The time is at most
 * that of the URI's length times the template's, whatever the two are: nothing is tried twice.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  /** Where in the URI the next part may begin, in order. */
  let starts: readonly number[] = [0];
  for (const part of partsOf(template)) {
    starts = 'literal' in part ? afterLiteral(uri, starts, part.literal) : afterVariable(uri, starts, part.variable);
    if (starts.length === 0) return false;
  }
  return starts.at(-1) === uri.length;
}

function partsOf(template: string): readonly Part[] {
  const seen = known.get(template);
  if (seen !== undefined) return seen;
  const parts = template.split(EXPRESSION).flatMap((text, position): Part[] => {
    if (position % 2 === 1) return [{ variable: variableOf(text[1] ?? '') }];
    return text === '' ? [] : [{ literal: text }];
  });
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(template, parts);
  return parts;
}

function variableOf(operator: string): Variable {
  if ('+#'.includes(operator)) return 'text';
  return '/?&;.'.includes(operator) ? 'optional' : 'segment';
}

function afterLiteral(uri: string, starts: readonly number[], literal: string): number[] {
  return starts.filter((at) => uri.startsWith(literal, at)).map((at) => at + literal.length);
}

/** Every position that the text of a variable can reach from any of the starts. */
function afterVariable(uri: string, starts: readonly number[], variable: Variable): number[] {
  const ends: number[] = [];
  /** The next start, and whether the text of one that came before reaches this far. */
  let next = 0;
  let open = false;
  for (let at = starts[0] ?? 0; at <= uri.length; at++) {
    const begins = starts[next] === at;
    if (begins) next++;
    if (open || (begins && variable === 'optional')) ends.push(at);
    open ||= begins;
    if (variable === 'segment' && ENDS_SEGMENT.has(uri[at] ?? '')) open = false;
  }
  return ends;
}
