import { input, type Keys } from '../model.ts';

/** One descriptor that is wrong, or right with values that are wrong. */
export interface BadCase {
  readonly title: string;
  /** Keys beside those that every descriptor has; a whole text where JSON itself is the point. */
  readonly descriptor: Keys | string;
  readonly values?: Keys | string;
}

export const optional = (id: string, keys: Keys = {}): Keys =>
  input(id, { optional: true, ...keys });
export const number = (id: string, keys: Keys = {}): Keys => input(id, { type: 'Number', ...keys });
export const flag = (id: string, keys: Keys = {}): Keys =>
  input(id, { type: 'Flag', optional: true, 'command-line-flag': `--${id}`, ...keys });

/** A descriptor whose command-line has the keys of its inputs. */
export function withInputs(inputs: readonly Keys[], keys: Keys = {}): Keys {
  const valueKeys = inputs.map((one) => one['value-key']).filter((key) => typeof key === 'string');
  return { 'command-line': ['tool', ...new Set(valueKeys)].join(' '), inputs, ...keys };
}

export const withOutput = (keys: Keys, inputs: readonly Keys[] = [input('a')]): Keys =>
  withInputs(inputs, { 'output-files': [{ id: 'o', name: 'o', ...keys }] });

export const withConditions = (...items: readonly Keys[]): Keys =>
  withOutput({ 'conditional-path-template': items }, [
    number('size'),
    optional('method'),
    flag('deep'),
  ]);

export const withGroup = (
  keys: Keys,
  inputs: readonly Keys[] = [optional('a'), optional('b')],
): Keys =>
  withInputs(inputs, { groups: [{ id: 'g', name: 'Which one', members: ['a', 'b'], ...keys }] });

export const withTest = (...tests: readonly Keys[]): Keys =>
  withInputs([input('a')], {
    'output-files': [{ id: 'mask', name: 'Mask', 'path-template': 'mask.tif' }],
    tests,
  });
