import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  expandCommand,
  type ExpandContext,
  parseDescriptor,
  parseInvocation,
  type RawValues,
  SECRET_MASK,
} from '../../../src/descriptor/index.ts';
import { input } from '../bad/descriptor-cases.ts';

type Inputs = readonly Readonly<Record<string, unknown>>[];
type Values = Readonly<Record<string, string>>;

const descriptorOf = (commandLine: string, inputs: Inputs) =>
  parseDescriptor(
    JSON.stringify({
      name: 'x',
      'schema-version': 'cytomine-0.1',
      'container-image': { type: 'singularity', image: 'a/b' },
      'command-line': commandLine,
      inputs,
    }),
  ).descriptor!;

const raw = (values: Values): RawValues =>
  Object.fromEntries(
    Object.entries(values).map(([id, text]) => [id, { kind: 'text', texts: [text] }]),
  );

function argvOf(
  commandLine: string,
  inputs: Inputs,
  values: Values = {},
  context?: ExpandContext,
): readonly string[] {
  const descriptor = descriptorOf(commandLine, inputs);
  const { invocation } = parseInvocation(
    descriptor,
    { user: raw(values) },
    { checkValues: false, serverValuesOptional: true },
  );
  return expandCommand(descriptor, invocation!, context).argv;
}

const text = (id: string, more = {}): Readonly<Record<string, unknown>> =>
  input(id, { type: 'String', ...more });

describe('placeholders', () => {
  test('a value comes after its flag, and an input without value leaves nothing behind', () => {
    const inputs = [text('a'), text('b')];
    expect(argvOf(' python  run.py [A] [B] ', inputs, { b: '2' })).toEqual([
      'python',
      'run.py',
      '--b',
      '2',
    ]);
  });

  test('a key that is part of another is not replaced in it, in brackets or bare', () => {
    const inputs = [
      text('threshold', { 'value-key': '@ID' }),
      text('area_threshold', { 'value-key': '@ID' }),
    ];
    const values = { threshold: '1', area_threshold: '2' };
    expect(argvOf('AREA_THRESHOLD THRESHOLD', inputs, values)).toEqual([
      '--area_threshold',
      '2',
      '--threshold',
      '1',
    ]);
  });

  test('a key inside a longer word of the line is no placeholder', () => {
    const inputs = [text('size', { 'value-key': 'size' })];
    expect(argvOf('--size size --size-max resize', inputs, { size: '3' })).toEqual([
      '--size',
      '3',
      '--size-max',
      'resize',
    ]);
  });

  test('a flag already on the line is not passed twice, and goes when there is no value', () => {
    const inputs = [text('a', { 'value-key': '@a' }), text('b', { 'value-key': '@b' })];
    expect(argvOf('x --a @a --b @b', inputs, { a: '1' })).toEqual(['x', '--a', '1']);
  });

  test('a flag on the line before an input without one belongs to it', () => {
    const inputs = [text('a', { 'command-line-flag': '' })];
    expect(argvOf('x --name [A] -v', inputs)).toEqual(['x', '-v']);
    expect(argvOf('x --name [A] -v', inputs, { a: '1' })).toEqual(['x', '--name', '1', '-v']);
  });

  test('glued to other text the value alone goes in, and the word vanishes without it', () => {
    const inputs = [text('a'), text('b')];
    expect(argvOf('x --a=[A] [B].tif', inputs, { a: '1' })).toEqual(['x', '--a=1']);
    expect(argvOf('x [A][B]', inputs, { a: '1', b: '2' })).toEqual(['x', '--a', '1', '--b', '2']);
  });

  test('a flag that ends in `=` takes its value into the same argument', () => {
    const inputs = [text('a', { 'command-line-flag': '--a=' })];
    expect(argvOf('x [A]', inputs, { a: 'b c' })).toEqual(['x', '--a=b c']);
  });

  test('a placeholder no input declares goes, with the flag before it', () => {
    expect(argvOf('x --out [OUT] [other].tif *[abc]', [])).toEqual(['x', '[other].tif', '*[abc]']);
  });

  test('two inputs with one key: the first that has a value is passed', () => {
    const inputs = [text('a', { 'value-key': '[K]' }), text('b', { 'value-key': '[K]' })];
    expect(argvOf('x [K]', inputs, { b: '2' })).toEqual(['x', '--b', '2']);
    expect(argvOf('x [K]', inputs, { a: '1', b: '2' })).toEqual(['x', '--a', '1']);
  });

  test('a server parameter is never on the line', () => {
    expect(argvOf('x [T]', [text('t', { 'server-parameter': true })], { t: '1' })).toEqual(['x']);
  });
});

describe('the template', () => {
  test('is split at white space of any kind, and quotes hold a word together', () => {
    expect(argvOf('a\t"b c"\n\'d "e\' f\\ g ""', [])).toEqual(['a', 'b c', 'd "e', 'f g', '']);
  });

  test('joins lines that end in a backslash', () => {
    expect(argvOf('python run.py \\\n  --fast \\\r\n  [A]', [text('a')], { a: '1' })).toEqual([
      'python',
      'run.py',
      '--fast',
      '--a',
      '1',
    ]);
  });

  test('takes a quote that never closes for itself', () => {
    expect(argvOf("it's here", [])).toEqual(["it's", 'here']);
  });
});

describe('values', () => {
  const defaults = (more: Inputs[number]): readonly string[] => argvOf('x [A]', [input('a', more)]);

  test('a default is passed as the platform writes it', () => {
    expect(defaults({ 'default-value': 65.5 })).toEqual(['x', '--a', '65.5']);
    expect(argvOf('x [A]', [{ ...input('a'), 'default-value': 1e-7 }])).toEqual([
      'x',
      '--a',
      '1E-7',
    ]);
  });

  test('a Boolean equal to its default is left out, another is passed with its value', () => {
    const bool = (value: boolean): Inputs => [
      input('a', { type: 'Boolean', 'default-value': value }),
    ];
    expect(argvOf('x [A]', bool(false))).toEqual(['x']);
    expect(argvOf('x [A]', bool(true), { a: 'false' })).toEqual(['x', '--a', 'false']);
    expect(argvOf('x --a [A]', bool(false), { a: 'no' })).toEqual(['x']);
  });

  test('a required Boolean is always passed, because its client asks for it', () => {
    expect(defaults({ type: 'Boolean', 'default-value': false, optional: false })).toEqual([
      'x',
      '--a',
      'false',
    ]);
  });

  test('a Boolean default in quotes is passed as it is written', () => {
    expect(defaults({ type: 'Boolean', 'default-value': '0' })).toEqual(['x', '--a', '0']);
  });

  test('an empty value takes a default away', () => {
    expect(argvOf('x [A]', [text('a', { 'default-value': 'd' })], { a: '' })).toEqual(['x']);
  });

  test('ids are joined by commas, whether they come as one text or as several', () => {
    const inputs = [input('a', { type: 'ListDomain' })];
    const descriptor = descriptorOf('x [A]', inputs);
    for (const texts of [
      ['1, 2', '3'],
      ['1', '2', '3'],
    ]) {
      const { invocation } = parseInvocation(descriptor, { user: { a: { kind: 'text', texts } } });
      expect(expandCommand(descriptor, invocation!).argv).toEqual(['x', '--a', '1,2,3']);
    }
  });

  test('a secret is in argv and nowhere it is shown', () => {
    const descriptor = descriptorOf('x --k=[API_TOKEN] [API_TOKEN]', [text('api_token')]);
    const { invocation } = parseInvocation(descriptor, { user: raw({ api_token: 'hush' }) });
    const command = expandCommand(descriptor, invocation!);
    expect(command.argv).toEqual(['x', '--k=hush', '--api_token', 'hush']);
    expect(command.maskedArgv).toEqual(['x', `--k=${SECRET_MASK}`, '--api_token', SECRET_MASK]);
  });
});

describe('folder mode', () => {
  const folders = { in: '/in put', out: '/out' };

  test('appends the folders that are given, and says that there is no server', () => {
    expect(argvOf('python wrapper.py [A]', [text('a')], { a: '1' }, { folders })).toEqual([
      ...['python', 'wrapper.py', '--a', '1'],
      ...['--infolder', '/in put', '--outfolder', '/out', '--local', '-nmc'],
    ]);
  });

  test('fills placeholders for folders, and says nothing twice', () => {
    const line =
      'x --infolder [INFOLDER] --outfolder [OUTFOLDER] --gtfolder [GTFOLDER] --local -nmc';
    expect(argvOf(line, [], {}, { folders })).toEqual([
      ...['x', '--infolder', '/in put', '--outfolder', '/out', '--local', '-nmc'],
    ]);
    expect(argvOf(line, [])).toEqual(['x', '--local', '-nmc']);
  });

  test('without folders nothing is appended', () => {
    expect(argvOf('x', [], {}, { folders: {} })).toEqual(['x']);
  });
});

test('a value reaches argv as it is, whatever is in it, and is never looked into again', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('[A]', '[B] [A]', '$(rm -rf /)', '`id`', '--b', "'", '"', '\\', 'a b', '\n'),
  );
  const value = hostile.filter((one) => one !== '' && !one.includes('\0'));
  fc.assert(
    fc.property(value, value, (a, b) => {
      const argv = argvOf('run [A] --x=[B] [B]', [text('a'), text('b')], { a, b });
      expect(argv).toEqual(['run', '--a', a, `--x=${b}`, '--b', b]);
    }),
  );
});
