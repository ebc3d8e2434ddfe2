/**
 * The cells of a table as text (RFC 4180): quoted ones may hold separators, line breaks and doubled quotes.
 * Empty lines are left out.
 *
 * @param {string} text
 * @param {string} separator one character
 * @returns {string[][]}
 */
export function cellsOf(text, separator) {
  const lines = [];
  let cells = [];
  const cell = new RegExp(
    `(?:"((?:[^"]|"")*)"|([^${separator}\\r\\n]*))(${separator}|\\r?\\n|$)`,
    'y',
  );
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const [, quoted, plain, end] = cell.exec(text) ?? [];
    // A quote that is never closed, or text behind one: the rest of the line as it is.
    if (end === undefined) {
      const stop = text.indexOf('\n', at);
      cells.push(text.slice(at, stop === -1 ? text.length : stop));
      cell.lastIndex = stop === -1 ? text.length : stop + 1;
    } else cells.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === separator) continue;
    if (cells.length > 1 || cells[0] !== '') lines.push(cells);
    cells = [];
  }
  if (cells.length > 0) lines.push(cells);
  return lines;
}
