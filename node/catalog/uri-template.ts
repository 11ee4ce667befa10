/**
 * Whether a URI can have come from an RFC 6570 template. `{name}` stands for one segment, `{+name}` and `{#name}` for
 * any text, the other operators for what follows them; good enough to find the owner of a resource.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  const source = template
    .split(/(\{[^}]*\})/)
    .map((part) => (/^\{[^}]*\}$/.test(part) ? pattern(part[1] ?? '') : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`).test(uri);
}

function pattern(operator: string): string {
  if ('+#'.includes(operator)) return '.+';
  if ('/?&;.'.includes(operator)) return '.*';
  return '[^/?#]+';
}
