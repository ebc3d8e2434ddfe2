import { spawnSync } from 'node:child_process';
import fc from 'fast-check';

/** One `add_argument` call. */
export interface ScriptArgument {
  readonly names: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  /** Of a mutually exclusive group. */
  readonly group?: number | undefined;
}

/** A Python script that has an argparse parser and nothing else. */
export interface Script {
  readonly program: string;
  readonly description?: string | undefined;
  readonly formatter: 'defaults' | 'plain' | 'raw';
  readonly arguments: readonly ScriptArgument[];
  /** A command line, quoted for a shell, to be parsed in place of printing the help. */
  readonly line?: string;
}

export type ScriptAnswer =
  | { readonly help: string }
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly refused: string };

const PROGRAM = new URL('print_help.py', import.meta.url).pathname;

/** Whether Python is here. */
export const hasPython = spawnSync('python3', ['-c', 'import argparse']).status === 0;

/** What Python's own argparse answers for each script, in one process. */
export function askArgparse(scripts: readonly Script[]): ScriptAnswer[] {
  const { stdout, stderr, status } = spawnSync('python3', [PROGRAM], {
    input: JSON.stringify(scripts),
    encoding: 'utf8',
    // As wide as most people's terminals; nothing of the machine's own.
    env: { PATH: process.env['PATH'] ?? '', COLUMNS: '80', PYTHONIOENCODING: 'utf-8' },
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ScriptAnswer[];
}

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const longName = fc
  .tuple(word, fc.option(word, { nil: undefined }), fc.constantFrom('-', '_'))
  .map(([first, second, joint]) => (second === undefined ? first : `${first}${joint}${second}`))
  .filter((name) => !['help', 'version', 'h'].includes(name) && !name.startsWith('no-'));
const help = fc.option(
  fc.constantFrom(
    'the picture',
    'how much of the stain, in percent of what the brightest cell of the picture has of it',
    'one of many (see the paper)',
    'size: in pixels',
    "what's [usual] here",
  ),
  { nil: undefined },
);

/** What `add_argument` is told beside the names, for what goes behind a flag. */
const flagOptions = fc.oneof(
  fc.constant({ action: 'store_true' }),
  fc.constant({ action: 'store_false' }),
  fc.record({ action: fc.constant('boolean-optional'), default: fc.boolean() }),
  fc.record({ type: fc.constant('int'), default: fc.integer({ min: -1000, max: 1000 }) }),
  fc.record({
    type: fc.constant('float'),
    default: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  }),
  fc.record({ type: fc.constant('int'), metavar: fc.constant('INT') }),
  fc.record({
    type: fc.constant('float'),
    required: fc.constant(true),
    metavar: fc.constant('FLOAT'),
  }),
  fc.uniqueArray(word, { minLength: 1, maxLength: 4 }).chain((choices) =>
    fc.record({
      choices: fc.constant(choices),
      default: fc.option(fc.constantFrom(...choices), { nil: null }),
    }),
  ),
  fc
    .uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 4 })
    .map((choices) => ({ type: 'int', choices, required: true })),
  fc.record({ default: fc.option(word, { nil: null }) }),
  fc.record({ required: fc.boolean() }),
  fc.record({
    nargs: fc.constantFrom('+', '*', 2, 3),
    type: fc.constant('int'),
    metavar: fc.constant('INT'),
    required: fc.boolean(),
  }),
  fc.record({
    nargs: fc.constant('+'),
    type: fc.constant('float'),
    default: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 3 }),
  }),
);

/** A type that the help does not tell is left out: nobody could give a valid value. */
const placeOptions = fc.oneof(
  fc.constant({}),
  fc.uniqueArray(word, { minLength: 2, maxLength: 4 }).map((choices) => ({ choices })),
);

/** The last place may be left out or repeated. */
const lastPlaceOptions = fc.oneof(
  placeOptions,
  fc.constantFrom({ nargs: '?' }, { nargs: '*' }, { nargs: '+' }),
);

const described = (options: fc.Arbitrary<object>): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .tuple(options, help)
    .map(([given, text]): Record<string, unknown> =>
      text === undefined ? { ...given } : { ...given, help: text },
    );

/** The options without a type that the help would not tell. */
function told(
  { type, ...options }: Record<string, unknown>,
  formatter: Script['formatter'],
): Record<string, unknown> {
  // This formatter adds defaults to what has a help.
  const showsDefault = formatter === 'defaults' && options['help'] !== undefined;
  const isTold = showsDefault || 'metavar' in options || 'choices' in options;
  return type !== undefined && isTold ? { ...options, type } : options;
}

/** Scripts as people write them; places come first, some flags exclude one another. */
export const scriptArbitrary: fc.Arbitrary<Script> = fc
  .record({
    names: fc.uniqueArray(longName, {
      minLength: 1,
      maxLength: 9,
      selector: (name) => name.replaceAll('-', '_'),
    }),
    places: fc.array(described(placeOptions), { maxLength: 2 }),
    lastPlace: fc.option(described(lastPlaceOptions), { nil: undefined }),
    flags: fc.array(fc.tuple(described(flagOptions), fc.boolean()), { maxLength: 8 }),
    program: fc.constantFrom('run.py', 'segment', 'python -m cells.run'),
    description: fc.option(fc.constantFrom('Finds cells.', 'Options:\n\n  --not-one  of them\n'), {
      nil: undefined,
    }),
    formatter: fc.constantFrom('defaults', 'defaults', 'plain', 'raw'),
    exclusive: fc.boolean(),
  })
  .map(({ names, places, lastPlace, flags, exclusive, ...script }) => {
    const placed = [...places, ...(lastPlace === undefined ? [] : [lastPlace])].slice(
      0,
      names.length,
    );
    const canExclude = ([{ required }]: (typeof flags)[number]): boolean =>
      exclusive && required !== true;
    // Only neighbours are shown as excluding one another.
    const flagged = flags
      .slice(0, names.length - placed.length)
      .sort((left, right) => Number(canExclude(right)) - Number(canExclude(left)));
    return {
      ...script,
      arguments: [
        ...placed.map((options, index) => ({ names: [names[index]!], options })),
        ...flagged.map((flag, index): ScriptArgument => {
          const name = names[placed.length + index]!;
          const short = flag[1] ? [`-${'abcdefgijk'.charAt(index)}`] : [];
          return {
            names: [...short, `--${name}`],
            options: told(flag[0], script.formatter),
            group: canExclude(flag) ? 1 : undefined,
          };
        }),
      ],
    };
  });
