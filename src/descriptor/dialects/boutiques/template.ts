/** A piece of a template: text of its author, or one of the descriptor's value-keys. */
export type Segment =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'key'; readonly key: string };

/** Cuts a template into its pieces. */
export type Tokeniser = (template: string) => readonly Segment[];

/**
 * Cuts templates at these value-keys, in one pass from left to right, the longest key first where
 * two begin at one place. What is put in later is never looked at again.
 */
export function tokeniser(keys: Iterable<string>): Tokeniser {
  const longestFirst = [...new Set(keys)]
    .filter((key) => key !== '')
    .sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0)
    return (template) => (template === '' ? [] : [{ kind: 'text', text: template }]);
  const anyKey = new RegExp(`(${longestFirst.map(escaped).join('|')})`);
  return (template) =>
    template
      .split(anyKey)
      .map((text, index): Segment =>
        index % 2 === 1 ? { kind: 'key', key: text } : { kind: 'text', text },
      )
      .filter((segment) => segment.kind === 'key' || segment.text !== '');
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
