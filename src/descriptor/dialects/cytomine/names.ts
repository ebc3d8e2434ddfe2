/**
 * `@ID` and `@id` in any text of an input stand for its id, in upper case and as written
 * (sheet 1.2). A key that is itself `@` and the id, such as `@identity` for the input `identity`,
 * is left alone: the platform would spoil it.
 */
export function expandIdMarks(text: string, id: string): string {
  if (!text.includes('@')) return text;
  if (bareName(text).slice(1) === id && bareName(text).startsWith('@')) return text;
  return text.replaceAll('@ID', () => id.toUpperCase()).replaceAll('@id', () => id);
}

/** A placeholder without its brackets and the white space inside them. */
export const bareName = (key: string): string =>
  /^\[.*\]$/s.test(key) ? key.slice(1, -1).trim() : key;

/** What is left of a placeholder when the ways of writing it are taken away: brackets, `@`, case. */
export const looseName = (key: string): string => bareName(key).replace(/^@/, '').toUpperCase();
