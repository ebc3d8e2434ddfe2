/** The wildcards of shells and of Python's glob: `*`, `?` and `[…]`, within one path segment. */
export const hasWildcard = (text: string): boolean => /[*?[]/.test(text);

/** Whether a file name matches one segment of a pattern. A leading dot must be matched by a dot. */
export function matchesSegment(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  return new RegExp(`^${expressionOf(pattern)}$`, 'su').test(name);
}

function expressionOf(pattern: string): string {
  return pattern.replace(/\[(!?)(\]?[^\]]*)\]|[\s\S]/gu, (part, negated: string, set?: string) => {
    if (set !== undefined && set !== '')
      return `[${negated === '!' ? '^' : ''}${set.replace(/[\\\]^[]/g, '\\$&')}]`;
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.replace(/[\\^$.*+?()[\]{}|/-]/gu, '\\$&');
  });
}
