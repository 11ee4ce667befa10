/**
 * Quantities of Kubernetes (`500m`, `1Gi`, `2e3`), written as the API server writes them: the largest suffix of the
 * same family with which the number is whole. Sums are done in units of a billionth, which is the finest that
 * Kubernetes knows.
 */

const QUANTITY = /^([+-]?)(\d+\.?\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3})?$/;
const NANO = 1_000_000_000n;
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];

interface Quantity {
  /** In billionths, rounded away from zero as the API server does. */
  nanos: bigint;
  family: 'binary' | 'decimal' | 'exponent';
}

/** A thousandth: the API server rounds requests and limits up to whole ones. */
export const MILLI = 1_000_000n;

/**
 * The quantity as the API server returns it; a text that is none comes back as it is, for the API server to refuse.
 *
 * @param finest what the amount is rounded up to, in billionths
 */
export function canonicalQuantity(value: string | number, finest = 1n): string {
  const quantity = parseQuantity(value);
  if (quantity === undefined) return String(value);
  const { family } = quantity;
  const nanos = roundUp(quantity.nanos, finest);
  if (nanos === 0n) return '0';
  // A binary suffix needs a whole number of bytes that is at least 1024; all else is written with decimal ones.
  const size = nanos < 0n ? -nanos : nanos;
  if (family === 'binary' && size >= 1024n * NANO && nanos % NANO === 0n) return binary(nanos / NANO);
  return decimal(nanos, family === 'exponent');
}

/** Whether two quantities are the same amount, such as `1Gi` and `1024Mi`. */
export function sameQuantity(a: string | number, b: string | number): boolean {
  const [x, y] = [parseQuantity(a), parseQuantity(b)];
  return x !== undefined && y !== undefined && x.nanos === y.nanos;
}

function roundUp(nanos: bigint, finest: bigint): bigint {
  const rest = nanos % finest;
  if (rest === 0n) return nanos;
  return nanos - rest + (nanos > 0n ? finest : -finest);
}

function parseQuantity(value: string | number): Quantity | undefined {
  const match = QUANTITY.exec(plain(value));
  if (match === null) return undefined;
  const [, sign, digits = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const { factor, divisor, family } = scaleOf(suffix);
  const numerator = BigInt(whole + fraction || '0') * factor * NANO;
  const denominator = 10n ** BigInt(fraction.length) * divisor;
  const nanos = (numerator + denominator - 1n) / denominator;
  return { nanos: sign === '-' ? -nanos : nanos, family };
}

/** Numbers of JSON as decimal digits: `1e-7` is no quantity of Kubernetes, `0.0000001` is. */
function plain(value: string | number): string {
  if (typeof value === 'string') return value.trim();
  return Number.isInteger(value) ? BigInt(value).toString() : value.toFixed(9).replace(/0+$/, '');
}

function scaleOf(suffix: string): { factor: bigint; divisor: bigint; family: Quantity['family'] } {
  const power = BINARY.indexOf(suffix);
  if (power > 0) return { factor: 1024n ** BigInt(power), divisor: 1n, family: 'binary' };
  const isExponent = /^[eE][+-]?\d/.test(suffix);
  const exponent = isExponent ? Number(suffix.slice(1)) : (DECIMAL.indexOf(suffix) - 3) * 3;
  const scale = 10n ** BigInt(Math.abs(exponent));
  const family = isExponent ? 'exponent' : 'decimal';
  return exponent < 0 ? { factor: 1n, divisor: scale, family } : { factor: scale, divisor: 1n, family };
}

function binary(whole: bigint): string {
  let [rest, power] = [whole, 0];
  while (rest % 1024n === 0n && power < BINARY.length - 1) [rest, power] = [rest / 1024n, power + 1];
  return `${rest}${BINARY[power]}`;
}

function decimal(nanos: bigint, exponent: boolean): string {
  let [rest, power] = [nanos, 0];
  while (rest % 1000n === 0n && power < DECIMAL.length - 1) [rest, power] = [rest / 1000n, power + 1];
  if (!exponent) return `${rest}${DECIMAL[power]}`;
  const shown = (power - 3) * 3;
  return shown === 0 ? `${rest}` : `${rest}e${shown}`;
}
