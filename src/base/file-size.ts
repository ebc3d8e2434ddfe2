const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/**
 * Bytes for people, in powers of ten with three digits: `0 B`, `999 B`, `1.50 kB`, `12.3 MB`. All that is
 * told of sizes is told by this; `size` of web/element.js is its like in a browser.
 */
export function fileSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be rounded up to 1000 is the next unit's.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : threeDigits(value)} ${UNITS[unit] ?? ''}`;
}

const threeDigits = (value: number): string =>
  value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
