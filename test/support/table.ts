import { readFileSync } from 'node:fs';

/** Rows of a comma-separated table by its header, without quoted cells. */
export function tableRows(path: string): Record<string, string>[] {
  const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  const names = header!.split(',');
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((cell, index) => [names[index]!, cell])),
  );
}
