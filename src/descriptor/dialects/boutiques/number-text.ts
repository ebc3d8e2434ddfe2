import type { NumberValue } from '../../model.ts';

/**
 * A number as Boutiques tools get it: the text Python would print. Integers keep every digit;
 * others are the shortest text that reads back the same, with `.0` or an exponent of at least two
 * digits (`1.0`, `1e-05`, `1e+16`), so that a tool sees the type its author meant.
 */
export function numberText(number: NumberValue): string {
  if (/^[+-]?\d+$/.test(number.text)) return BigInt(number.text).toString();
  const { value } = number;
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : value < 0 ? '-inf' : 'nan';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  const sign = value < 0 ? '-' : '';
  return sign + (size < 1e-4 || size >= 1e16 ? withExponent(size) : withPoint(size));
}

function withExponent(size: number): string {
  const [digits = '', exponent = '0'] = size.toExponential().split('e');
  const power = Number(exponent);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** JavaScript writes numbers of this size without exponent, as Python does. */
const withPoint = (size: number): string =>
  Number.isInteger(size) ? `${size.toFixed(0)}.0` : String(size);
