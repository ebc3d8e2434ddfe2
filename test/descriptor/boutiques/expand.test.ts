import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { numberOf } from '../../../src/descriptor/index.ts';
import { numberText } from '../../../src/descriptor/dialects/boutiques/number-text.ts';
import { withoutExtensions } from '../../../src/descriptor/dialects/boutiques/posix-path.ts';
import { tokeniser } from '../../../src/descriptor/dialects/boutiques/template.ts';
import { commandOf, input, lineOf, type Keys } from './model.ts';

const flag = (id: string): Keys =>
  input(id, { type: 'Flag', 'command-line-flag': `-${id}`, optional: true });
const optional = (id: string, keys: Keys = {}): Keys => input(id, { optional: true, ...keys });

describe('the command line', () => {
  const inputs = [optional('a'), optional('b'), flag('f')];
  test.each([
    ['c [A] [B]', {}, 'c'],
    ['c [A] [B]', { b: 'x' }, 'c x'],
    ['c  [A]  [B] -', { b: 'x' }, 'c   x -'],
    ['c [A][B]', { b: 'x' }, 'c x'],
    ['c [A][B]', {}, 'c'],
    ['c x=[A]', {}, 'c x='],
    ['c "[A]"', {}, 'c ""'],
    ['c [F] end', { f: false }, 'c end'],
    ['c [F] end', { f: true }, 'c -f end'],
    ['c\n[A]\n[B]', { a: 'x' }, 'c\nx\n'],
    ['[A]', { a: 'X=1' }, "'X=1'"],
    ['c [A]>log', { a: '2' }, "c '2'>log"],
  ])('%j with %j is %j', (template, values, line) => {
    // Every key is in use somewhere, so that the descriptor has no fault.
    const rest = ` # [A] [B] [F]`;
    const command = commandOf({ 'command-line': `${template}${rest}`, inputs }, values);
    expect(lineOf(command).slice(0, line.length + 2)).toBe(`${line} #`);
  });

  test('is given to the shell of the descriptor, in place of the ENTRYPOINT unless it is asked for', () => {
    const keys = {
      'command-line': 'c',
      inputs: [{ id: 'a', name: 'a', type: 'String', optional: true }],
    };
    const image = { type: 'docker', image: 'x' };
    expect(commandOf({ ...keys, shell: '/bin/bash' }, {})).toMatchObject({
      entrypoint: 'replaced',
      argv: ['/bin/bash', '-c', 'c'],
    });
    expect(
      commandOf({ ...keys, 'container-image': { ...image, entrypoint: true } }, {}),
    ).toMatchObject({ entrypoint: 'image', argv: ['/bin/sh', '-c', 'c'] });
  });

  test('is put into a file when it is too long to be an argument', () => {
    const list = Array.from({ length: 3_000 }, (_, index) => `${'long/'.repeat(10)}${index}.tif`);
    const keys = { 'command-line': 'c [A]', inputs: [input('a', { list: true })] };
    const { argv, files, maskedShellLine } = commandOf(keys, { a: list });
    expect(argv).toEqual(['/bin/sh', './.cyto-run-line.sh']);
    expect(files).toEqual([{ path: './.cyto-run-line.sh', content: `c ${list.join(' ')}` }]);
    expect(maskedShellLine).toBe(`c ${list.join(' ')}`);
  });

  test('shows no secret, and secrets decide conditions all the same', () => {
    const keys = {
      'command-line': 'c [LICENCE] [O]',
      inputs: [input('licence')],
      'output-files': [
        {
          id: 'o',
          name: 'o',
          'value-key': '[O]',
          'conditional-path-template': [{ 'licence == "k 1"': 'yes' }, { default: '[LICENCE]' }],
        },
      ],
      'environment-variables': [{ name: 'L', value: '[LICENCE]' }],
    };
    const command = commandOf(keys, { licence: 'k 1' }, ['licence']);
    expect(command.argv.at(-1)).toBe("c 'k 1' yes");
    expect(command.maskedShellLine).toBe("c '*****' yes");
    expect(command.maskedArgv).toEqual(['/bin/sh', '-c', "c '*****' yes"]);
    expect([command.environment, command.maskedEnvironment]).toEqual([
      { L: 'k 1' },
      { L: '*****' },
    ]);
  });
});

describe('output paths', () => {
  const output = (keys: Keys): Keys => ({ id: 'o', name: 'o', ...keys });
  const pathOf = (outputKeys: Keys, values: Keys, more: readonly Keys[] = []): string | undefined =>
    commandOf(
      {
        'command-line': 'c [A] [N]',
        inputs: [optional('a', { type: 'File' }), optional('n', { type: 'Number' })],
        'output-files': [output(outputKeys), ...more],
      },
      values,
    ).outputs[0]?.path;

  test.each([
    ['out/[A]', { a: '/data/x.tif' }, 'out/x.tif'],
    ['[A].out', { a: '/data/x.tif' }, '/data/x.tif.out'],
    ['out/[A]', { a: '/data/folder/' }, 'out/folder'],
    ['out/[A]_[N].csv', { a: 'x', n: 1e-7 }, 'out/x_1e-07.csv'],
    ['*_[A].csv', { a: 'x*[1]?.tif' }, '*_x[*][[]1][?].tif.csv'],
  ])('%s with %j is %s', (template, values, path) => {
    expect(pathOf({ 'path-template': template }, values)).toBe(path);
  });

  test('may use those of later outputs, and be absolute', () => {
    const later = { id: 'p', name: 'p', 'value-key': '[P]', 'path-template': 'deep/./q r' };
    const line = { ...later, 'command-line-flag': '-p' };
    expect(pathOf({ 'path-template': '[P].json', 'uses-absolute-path': true }, {}, [line])).toBe(
      '/work/deep/q r.json',
    );
  });

  test('are not expected when no condition holds', () => {
    const conditions = { 'conditional-path-template': [{ 'n > 3': 'big' }], optional: true };
    expect(pathOf(conditions, { n: 3 })).toBeUndefined();
    expect(pathOf(conditions, { n: 4 })).toBe('big');
  });

  test('of values that are absent are asked for of no run, and are nothing at all when nothing is left', () => {
    const { outputs, argv } = commandOf(
      {
        'command-line': 'c [A] [WHOLE] [PART] [NONE]',
        inputs: [input('a'), optional('prefix'), optional('many', { list: true })],
        'output-files': [
          { id: 'whole', name: 'w', 'value-key': '[WHOLE]', 'path-template': '[A].x' },
          { id: 'part', name: 'p', 'value-key': '[PART]', 'path-template': '[PREFIX]_[A].x' },
          { id: 'none', name: 'n', 'value-key': '[NONE]', 'path-template': '[PREFIX]' },
          { id: 'later', name: 'l', 'path-template': '[NONE]/[MANY].txt' },
        ],
      },
      { a: 'v', many: [] },
    );
    expect(outputs.map(({ id, path, optional }) => [id, path, optional])).toEqual([
      ['whole', 'v.x', false],
      ['part', '_v.x', true],
      ['later', '/.txt', true],
    ]);
    expect(argv.at(-1)).toBe('c v v.x _v.x');
  });

  test('that have the key of an input or of an earlier output-file are never put in', () => {
    const keys = (inputs: readonly Keys[]): Keys => ({
      'command-line': 'c [A] [O]',
      inputs,
      'output-files': [
        { id: 'x', name: 'x', 'value-key': '[A]', 'path-template': '[A].nii' },
        { id: 'y', name: 'y', 'value-key': '[O]', 'path-template': 'y.txt' },
        { id: 'z', name: 'z', 'value-key': '[O]', 'path-template': 'z.txt' },
      ],
    });
    const line = (values: Keys): string | undefined =>
      commandOf(keys([optional('a', { 'command-line-flag': '-a' })]), values).argv.at(-1);
    expect(line({ a: 'm' })).toBe('c -a m y.txt');
    expect(line({})).toBe('c y.txt');
    expect(commandOf(keys([input('a')]), { a: 'm' }).outputs.map(({ path }) => path)).toEqual([
      'm.nii',
      'y.txt',
      'z.txt',
    ]);
  });

  test('lose the extensions at their end, the longest first, and nothing within', () => {
    const strip = (name: string): string => withoutExtensions(name, ['.nii', '.nii.gz', '.gz', '']);
    expect(['a.nii.gz', 'a.nii', 'a.nii.gz.bak', 'a.tar.gz', 'a.nii.gz.nii'].map(strip)).toEqual([
      'a',
      'a',
      'a.nii.gz.bak',
      'a.tar',
      'a',
    ]);
  });
});

test('configuration files are filled line by line, an absent value empties its line', () => {
  const { files, argv } = commandOf(
    {
      'command-line': 'c [CFG]',
      inputs: [
        optional('a'),
        optional('n', { type: 'Number' }),
        optional('l', { list: true, 'list-separator': ',' }),
        flag('f'),
      ],
      'output-files': [
        {
          id: 'cfg',
          name: 'cfg',
          'value-key': '[CFG]',
          'path-template': 'conf/c.txt',
          'file-template': ['a=[A] # [L]', 'n=[N]', 'f=[F]', 'l=[L]', 'here=[CFG]'],
        },
      ],
    },
    '{"a": "it\'s [N]", "n": 1.0, "l": ["x y", "z"], "f": true}',
  );
  expect(files).toEqual([
    {
      path: 'conf/c.txt',
      content: `a='it'"'"'s [N]' # 'x y',z\nn=1.0\nf=True\nl='x y',z\nhere=conf/c.txt`,
    },
  ]);
  expect(argv.at(-1)).toBe('c conf/c.txt');
});

test('environment variables are a value when they are exactly its key, and unset without one', () => {
  const { environment } = commandOf(
    {
      'command-line': 'c',
      inputs: [optional('a'), optional('n', { type: 'Number' }), optional('gone')],
      'environment-variables': [
        { name: 'A', value: '[A]' },
        { name: 'N', value: '[N]' },
        { name: 'GONE', value: '[GONE]' },
        { name: 'TEXT', value: 'pre[A]' },
      ],
    },
    '{"a": "x y", "n": 2.50}',
  );
  expect(environment).toEqual({ A: 'x y', N: '2.5', TEXT: 'pre[A]' });
});

describe('numbers are written as Python writes them', () => {
  test.each([
    ['1', '1'],
    ['-0', '0'],
    ['1.0', '1.0'],
    ['-0.0', '-0.0'],
    ['1.10', '1.1'],
    ['1E3', '1000.0'],
    ['0.0001', '0.0001'],
    ['0.00001', '1e-05'],
    ['1.5e-10', '1.5e-10'],
    ['1e15', '1000000000000000.0'],
    ['1e16', '1e+16'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['+7', '7'],
    ['1e999', 'inf'],
  ])('%s as %s', (text, expected) => {
    expect(numberText(numberOf(text))).toBe(expected);
  });

  test('and read back as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = Object.is(value, -0) ? '-0.0' : String(value);
        expect(Number(numberText(numberOf(text)))).toBe(value);
      }),
    );
  });
});

test('a template is its pieces, whatever its keys are', () => {
  const keys = fc.array(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 6 });
  fc.assert(
    fc.property(fc.string(), keys, (text, some) => {
      const template = [text, ...some, text].join('');
      const pieces = tokeniser(some)(template);
      expect(pieces.map((one) => (one.kind === 'key' ? one.key : one.text)).join('')).toBe(
        template,
      );
      expect(pieces.every((one) => one.kind === 'text' || some.includes(one.key))).toBe(true);
      expect(pieces.filter(({ kind }) => kind === 'key').length).toBeGreaterThanOrEqual(
        some.length > 0 ? 1 : 0,
      );
    }),
  );
});

test('expansion gives the same again', () => {
  const keys = { 'command-line': 'c [A] [B]', inputs: [input('a'), optional('b', { list: true })] };
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (a, b) => {
      const values = { a: a.replaceAll('\0', ''), b: b.map((item) => item.replaceAll('\0', '')) };
      expect(commandOf(keys, values)).toEqual(commandOf(keys, values));
    }),
  );
});
