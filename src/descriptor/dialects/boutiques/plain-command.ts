/** A piece of a word as `shellQuote` writes it and as authors write what needs no quoting, or the spaces behind a word. */
const PIECE = /(?<bare>[A-Za-z0-9_@%+=:,./-]+)|'(?<quoted>[^']*)'|(?<apostrophe>"'")|(?<end> +)/y;

/** Words that a POSIX shell obeys itself, most often; what they are given need be no program's arguments. */
const OWN_WORDS = new Set([
  ...['.', ':', 'alias', 'break', 'case', 'cd', 'command', 'continue', 'do', 'done', 'echo'],
  ...['elif', 'else', 'esac', 'eval', 'exec', 'exit', 'export', 'false', 'fi', 'for', 'function'],
  ...['getopts', 'hash', 'if', 'in', 'local', 'printf', 'pwd', 'read', 'readonly', 'return'],
  ...['select', 'set', 'shift', 'source', 'test', 'then', 'time', 'times', 'trap', 'true', 'type'],
  ...['typeset', 'ulimit', 'umask', 'unalias', 'unset', 'until', 'wait', 'while'],
]);

/**
 * The words of a line that starts one program and does nothing else, as the program gets them.
 * `undefined` for every other line: where a shell is told more (a pipe, a variable, a pattern, a
 * word of its own such as `echo`), it alone knows what it starts. Pure.
 */
export function plainCommand(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  PIECE.lastIndex = line.length - line.trimStart().length;
  while (PIECE.lastIndex < line.length) {
    const pieces = PIECE.exec(line)?.groups;
    if (pieces === undefined) return undefined;
    const { bare, quoted, apostrophe, end } = pieces;
    if (end === undefined) word = (word ?? '') + (bare ?? quoted ?? apostrophe?.slice(1, -1) ?? '');
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  const [program] = words;
  // With an equals sign it is a variable, and the program the next.
  if (program === undefined || program.includes('=') || OWN_WORDS.has(program)) return undefined;
  return words;
}
