/** Colours for a terminal, or none: who calls knows whether anybody sees them (NO_COLOR, a pipe). */
export type Paint = Readonly<Record<keyof typeof CODES, (text: string) => string>>;

/** Select Graphic Rendition (ECMA-48): what turns each on and off. */
const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export function painter(color: boolean): Paint {
  const paint = Object.entries(CODES).map(([name, [on, off]]) => [
    name,
    color ? (text: string) => `\u001b[${on}m${text}\u001b[${off}m` : (text: string) => text,
  ]);
  return Object.fromEntries(paint) as Paint;
}
