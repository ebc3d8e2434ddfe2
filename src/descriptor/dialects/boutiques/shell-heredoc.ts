/** A here-document that a line of a shell script begins (POSIX 2.7.4). */
export interface Heredoc {
  /** The line that ends it. */
  readonly delimiter: string;
  /** Its text is taken as it is, because a part of the delimiter was quoted. */
  readonly isVerbatim: boolean;
  /** `<<-`: tabs at the beginning of a line do not count. */
  readonly stripsTabs: boolean;
  /** A shell reads its text, which is thus a script of its own. */
  readonly isScript: boolean;
}

const BEGINS = /(?<!<)<<(-?)[ \t]*((?:\\?[\w.+-]|'[^']*'|"[^"]*")+)/g;
/** `((1 << 2))` shifts bits. */
const ARITHMETIC = /\(\([^)]*$/;
const SHELL = /(?:^|[\s;&|(/])\w*sh(?:\s[^;&|]*)?$/;

/** Whether what follows is the delimiter of a here-document. */
export const expectsDelimiter = (line: string): boolean => /(?<!<)<<-?[ \t]*$/.test(line);

/** The here-documents that a line without its quoted texts and comments begins, in their order. */
export function heredocsOf(line: string): Heredoc[] {
  return [...line.matchAll(BEGINS)].flatMap(({ 1: dash = '', 2: word = '', index }) => {
    const before = line.slice(0, index);
    if (ARITHMETIC.test(before)) return [];
    return [
      {
        delimiter: word.replace(/['"\\]/g, ''),
        isVerbatim: /['"\\]/.test(word),
        stripsTabs: dash !== '',
        isScript: SHELL.test(before),
      },
    ];
  });
}

export const endsHeredoc = ({ delimiter, stripsTabs }: Heredoc, line: string): boolean =>
  (stripsTabs ? line.replace(/^\t+/, '') : line) === delimiter;

/** Nothing, once the shell has expanded it: keeps a line from being the delimiter. */
const NOTHING = '${-+}';

/**
 * A value as it must be written in a here-document. A line of it that would end a verbatim one gets
 * a space more: nothing else could be done to it there.
 * @param around what stands before and behind it on its lines
 */
export function inHeredoc(
  heredoc: Heredoc,
  value: string,
  around: { readonly before: string; readonly next: string },
): string {
  const lines = value.split('\n');
  const [behind = ''] = around.next.split('\n');
  return lines
    .map((line, index) => {
      const before = index === 0 ? around.before : '';
      const whole = before + line + (index === lines.length - 1 ? behind : '');
      const ends = line !== '' && endsHeredoc(heredoc, whole);
      if (heredoc.isVerbatim) return ends ? `${line} ` : line;
      return (ends ? NOTHING : '') + line.replace(/[\\$`]/g, '\\$&');
    })
    .join('\n');
}
