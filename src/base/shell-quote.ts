/** Characters that no POSIX shell gives a meaning inside a word. */
const PLAIN_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * One word for a POSIX shell, whatever the text holds: as it is when every character is harmless,
 * else in single quotes. The same rule as Python's `shlex.quote`, so lines can be compared with
 * Boutiques' own tool. A NUL cannot be given to a program and is refused before this.
 */
export const shellQuote = (text: string): string =>
  PLAIN_WORD.test(text) ? text : inSingleQuotes(text);

/** In single quotes even when harmless: for places where a bare word would be read as syntax. */
export const inSingleQuotes = (text: string): string => `'${escapeSingleQuotes(text)}'`;

/** For text that goes between single quotes which are already there. */
export const escapeSingleQuotes = (text: string): string => text.replaceAll("'", `'"'"'`);
