import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { shellQuote } from '../../../src/descriptor/index.ts';
import { ShellContext } from '../../../src/descriptor/dialects/boutiques/shell-context.ts';
import { commandOf, diagnosticsOf, descriptorText, input, lineOf } from './model.ts';

/** Runs a line by a real shell and gives the arguments that its program got. */
function argumentsOf(line: string, shell: string): string[] {
  const { stdout, stderr, status } = spawnSync(shell, ['-c', line], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${shell} ended with ${String(status)}: ${stderr}\n${line}`);
  return stdout.split('\0').slice(0, -1);
}

/** What people and attackers put into values. */
const HOSTILE = [
  '',
  ' ',
  'a b',
  "it's",
  '"',
  '\\',
  '\\\\"\'`',
  '$(exit 9)',
  '`exit 9`',
  '$HOME ${PATH}',
  'a\nb\n\nc',
  '\r\n',
  '; exit 9 #',
  '&& exit 9',
  '-n',
  '--',
  '*',
  '~',
  '#x',
  '!x',
  '[A] [B]',
  '%s%n',
  'é.txt',
  '図🔬',
  '=x',
  'A=1',
  'if',
  '2',
  '\t\u0001\u007f',
  'x'.repeat(20_000),
];

const hostileText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\0', '')),
  fc
    .array(fc.constantFrom("'", '"', '\\', '$', '`', '(', ')', '\n', ' ', 'a', '{', '}', '!'), {
      maxLength: 12,
    })
    .map((characters) => characters.join('')),
);

/** Places where an author may put a key. Each hands all its words to one program. */
const PLACES: readonly { readonly where: string; readonly line: string }[] = [
  { where: 'as a word', line: `printf '%s\\0' [A]` },
  { where: 'between double quotes', line: `printf '%s\\0' "[A]"` },
  { where: 'between single quotes', line: `printf '%s\\0' '[A]'` },
  { where: 'glued to text', line: `x=$(printf 'y%s.' [A]; printf .); printf '%s\\0' x[A]` },
  { where: 'in a script for another shell', line: `sh -c 'printf "%s\\0" [A]'` },
  { where: 'quoted in a script for another shell', line: `sh -c 'printf "%s\\0" "[A]"'` },
  { where: 'in a script between double quotes', line: `sh -e -c "printf '%s\\\\0' [A]"` },
  { where: 'beside a redirection', line: `printf '%s\\0' [A]>&1` },
  { where: 'in a here-document', line: `cat <<EOF | head -c -1 && printf '\\0'\n[A]\nEOF\n` },
  {
    where: 'in a here-document that nothing is expanded in',
    line: `cat <<'END' | head -c -1 && printf '\\0'\n[A]\nEND\n`,
  },
  {
    where: 'in a script that is a here-document',
    line: `sh <<-EOF\n\tprintf '%s\\\\0' [A]\n\tEOF\n`,
  },
  {
    where: 'in a script that is a here-document of its own words',
    line: `bash <<'EOF'\nprintf '%s\\0' "[A]"\nEOF\n`,
  },
  { where: 'behind a here-document', line: `cat <<X >/dev/null\n"\nX\nprintf '%s\\0' [A]` },
  { where: 'behind a shift of bits', line: `: $((1 << 2))\nprintf '%s\\0' [A]` },
  {
    where: 'behind what only looks like a here-document',
    line: `: "1 << 2" # << 3\nprintf '%s\\0' [A]`,
  },
  { where: 'behind a comment', line: `# don't\nprintf '%s\\0' [A]` },
];

describe.each(['/bin/sh', '/bin/bash'])(
  'a value reaches the program exactly through %s',
  (shell) => {
    test.each(PLACES)('where the key stands $where', ({ line }) => {
      fc.assert(
        fc.property(hostileText, (value) => {
          const command = commandOf({ 'command-line': line, inputs: [input('a')] }, { a: value });
          const got = argumentsOf(lineOf(command), shell);
          expect(got).toEqual([line.includes(' x[A]') ? `x${value}` : value]);
        }),
        { numRuns: 40, examples: HOSTILE.map((value) => [value]) },
      );
    });

    test('in command substitutions, old and new, but for what the shell takes off the end', () => {
      for (const line of [
        `printf '%s\\0' "$(printf '%s.' [A])"`,
        "printf '%s\\0' \"`printf '%s.' [A]`\"",
      ])
        fc.assert(
          fc.property(hostileText, (value) => {
            const command = commandOf({ 'command-line': line, inputs: [input('a')] }, { a: value });
            expect(argumentsOf(lineOf(command), shell)).toEqual([`${value}.`]);
          }),
          { numRuns: 30, examples: HOSTILE.map((value) => [value]) },
        );
    });

    test('also several of them, in lists, behind flags, and as output paths', () => {
      const keys = {
        'command-line': `printf '%s\\0' [A] [LIST] [OUT]`,
        inputs: [
          input('a', { 'command-line-flag': '--a', 'command-line-flag-separator': '=' }),
          input('list', { list: true, 'command-line-flag': '-l' }),
        ],
        'output-files': [
          { id: 'out', name: 'out', 'value-key': '[OUT]', 'path-template': 'o [A]' },
        ],
      };
      fc.assert(
        fc.property(hostileText, fc.array(hostileText, { maxLength: 4 }), (a, list) => {
          const flag = list.length === 0 ? [] : ['-l'];
          const line = lineOf(commandOf(keys, { a, list }));
          expect(argumentsOf(line, shell)).toEqual([`--a=${a}`, ...flag, ...list, `o ${a}`]);
        }),
        { numRuns: 40 },
      );
    });
  },
);

test('a value reaches the program exactly from between the quotes that only bash knows', () => {
  const command = (value: string): string =>
    lineOf(
      commandOf(
        {
          'command-line': `printf '%s\\0' $'x\\'[A]\\t'`,
          shell: '/bin/bash',
          inputs: [input('a')],
        },
        { a: value },
      ),
    );
  fc.assert(
    fc.property(hostileText, (value) => {
      expect(argumentsOf(command(value), '/bin/bash')).toEqual([`x'${value}\t`]);
    }),
    {
      numRuns: 60,
      examples: [...HOSTILE, "\\'$(exit 9)\\'", "\\'; exit 9; '"].map((value) => [value]),
    },
  );
});

test.each([
  'EOF',
  'EOF\nexit 9',
  'x\nEOF\nexit 9',
  '\tEOF\nexit 9',
  'F\nEOF',
  'OF\nexit 9',
  'x\nEO',
])('the value %j does not end the here-document that it stands in', (value) => {
  const run = (line: string): string =>
    argumentsOf(
      `${lineOf(commandOf({ 'command-line': line, inputs: [input('a')] }, { a: value }))}\nprintf '\\0'`,
      '/bin/sh',
    ).join('|');
  expect(run('cat <<EOF\n[A]\nEOF')).toBe(`${value}\n`);
  expect(run('cat <<EOF\nE[A]\nEOF')).toBe(`E${value}\n`);
  expect(run('cat <<EOF\n[A]F\nEOF')).toBe(`${value}F\n`);
  expect(run("cat <<'EOF'\n[A]\nEOF").replaceAll('EOF \n', 'EOF\n')).toBe(`${value}\n`);
});

test('a value with NUL is refused: no argument can hold it', () => {
  const text = descriptorText({ 'command-line': 'c [A]', inputs: [input('a')] });
  const codes = diagnosticsOf(text, JSON.stringify({ a: 'x\0y' })).map(({ code }) => code);
  expect(codes).toEqual(['invocation.nul-character']);
});

test('a harmless word is not quoted, so that lines stay readable and equal to those of bosh', () => {
  expect(['a@b%c+d=e:f,g/h.i_j-k', 'é', '', "it's"].map(shellQuote)).toEqual([
    'a@b%c+d=e:f,g/h.i_j-k',
    "'é'",
    "''",
    `'it'"'"'s'`,
  ]);
});

test('a line break in a comment cannot begin a command', () => {
  const shell = new ShellContext();
  shell.read('true # ');
  expect(shell.insert('x\nexit 9')).toBe('x exit 9');
});
