/**
 * A MicroTime of Kubernetes: RFC 3339 with exactly six fractional digits; the API server refuses three.
 * @param ms milliseconds since 1970
 */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
