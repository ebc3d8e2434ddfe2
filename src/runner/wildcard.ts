/** The wildcards of shells and of Python's glob: `*`, `?` and `[…]`, within one path segment. */
export const hasWildcard = (text: string): boolean => /[*?[]/.test(text);

/** Whether a file name matches one segment of a pattern. A leading dot must be matched by a dot. */
export function matchesSegment(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  return new RegExp(`^${expressionOf(pattern)}$`, 'su').test(name);
}

function expressionOf(pattern: string): string {
  return pattern.replace(/\[(!?)(\]?[^\]]*)\]|[\s\S]/gu, (part, negated: string, set?: string) => {
    if (set !== undefined && set !== '') return setExpression(set, negated === '!');
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
  });
}

/** A set such as `a-z0`; a range that runs backwards holds nothing, as in Python. */
function setExpression(set: string, negated: boolean): string {
  const characters = Array.from(set);
  let members = '';
  for (let at = 0; at < characters.length; at += 1) {
    const [from = '', dash, to] = characters.slice(at, at + 3);
    if (dash !== '-' || to === undefined) {
      members += escaped(from);
      continue;
    }
    if ((from.codePointAt(0) ?? 0) <= (to.codePointAt(0) ?? 0))
      members += `${escaped(from)}-${escaped(to)}`;
    at += 2;
  }
  return `[${negated ? '^' : ''}${members}]`;
}

const escaped = (character: string): string => character.replace(/[\\\]^[-]/u, '\\$&');
