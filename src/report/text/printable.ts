import truncatedWidth from 'fast-string-truncated-width';

/** ECMA-48: control sequences, strings (titles, hyperlinks) and two-character escapes, cut off ones too. */
const ESCAPES =
  // eslint-disable-next-line no-control-regex -- these are what is removed
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;

/** Controls, and the marks that turn the direction of text around: both make a terminal show what is not there. */
// eslint-disable-next-line no-control-regex -- these are what is removed
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Names and values as they are, with what a terminal would obey made visible: `\n`, `\x1b`. */
export const visible = (text: string): string =>
  text.replace(UNSAFE, (character) => {
    if (character === '\n') return String.raw`\n`;
    if (character === '\t') return String.raw`\t`;
    if (character === '\r') return String.raw`\r`;
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100
      ? String.raw`\x${code.toString(16).padStart(2, '0')}`
      : String.raw`\u${code.toString(16)}`;
  });

/** One line that an app wrote: its escape sequences are gone, tabs are spaces, nothing is obeyed. */
export const plainLine = (text: string): string =>
  visible(text.replace(ESCAPES, '').replaceAll('\t', '  '));

/** Most texts; their width needs no table of Unicode. */
const ASCII = /^[ -~]*$/;

/** Columns that a text without controls takes on a terminal; East Asian characters take two. */
export const columnsOf = (text: string): number =>
  ASCII.test(text) ? text.length : truncatedWidth(text).width;

/** The text in at most `columns` columns, with `…` at its end where it was cut. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (text.length <= columns && ASCII.test(text)) return text;
  const { index, ellipsed } = truncatedWidth(text, { limit: columns, ellipsis: '…' });
  if (!ellipsed) return text.slice(0, index);
  const kept = Array.from(text.slice(0, index));
  // The library's place can be behind a wide character that no longer fits.
  while (kept.length > 0 && columnsOf(kept.join('')) > columns - 1) kept.pop();
  return `${kept.join('')}…`;
}

/** Its end in at most `columns` columns: of a path, the name is what tells. */
export function cutFront(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  const characters = Array.from(text);
  let room = columns - 1;
  let start = characters.length;
  while (start > 0 && room >= columnsOf(characters[start - 1] ?? '')) {
    start -= 1;
    room -= columnsOf(characters[start] ?? '');
  }
  return columns <= 0 ? '' : `…${characters.slice(start).join('')}`;
}

/** Filled up with spaces to `columns` columns. */
export const pad = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - columnsOf(text)));

/** Lines of at most `columns` columns, broken between words; a longer word stays whole. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && columnsOf(longer) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
