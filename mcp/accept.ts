/**
 * Whether an `Accept` header takes a media type (RFC 9110, section 12.5.1). Types have no case, ranges such as `text/*` count, the most
 * precise one wins, and a weight of 0 refuses.
 * @param header undefined where there is none: then anything is taken
 * @param type such as `text/event-stream`, in lower case
 */
export function accepts(header: string | undefined, type: string): boolean {
  if (header === undefined) return true;
  const ranges = [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*'];
  let best = ranges.length;
  let taken = false;
  for (const part of header.split(',')) {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const rank = ranges.indexOf(range);
    if (rank < 0 || rank > best) continue;
    const refused = parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    taken = rank === best ? taken || !refused : !refused;
    best = rank;
  }
  return taken;
}
