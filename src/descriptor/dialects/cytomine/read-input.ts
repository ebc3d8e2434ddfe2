import { type Fields } from '../../fields.ts';
import { isJsonArray, isJsonNumber, type JsonValue, numberOf } from '../../json/value.ts';
import type { DescriptorInput, InvocationValue, NumberValue, ScalarValue } from '../../model.ts';
import { isSecretName } from '../../secrets.ts';
import { expandIdMarks } from './names.ts';
import { platformNumberText } from './number-text.ts';
import { readType, type TypeReading } from './types.ts';

/** An input as it was written beside what it means: the checks look at both. */
export interface CytomineInput {
  readonly input: DescriptorInput;
  readonly fields: Fields;
  readonly type: TypeReading;
}

/**
 * Reads one input (sheet 1.2). Absent `optional` means required and absent `value-key` means
 * `[@ID]`, as the platform has it; a `default` is taken for the `default-value` its author meant.
 * @param id the input's id, which the caller has checked
 */
export function readInput(fields: Fields, id: string, secrets: ReadonlySet<string>): CytomineInput {
  const marked = (key: string): string | undefined => {
    const text = fields.text(key);
    return text === undefined ? undefined : expandIdMarks(text, id);
  };
  const type = readType(fields.text('type') ?? 'String');
  const description = marked('description');
  const flag = marked('command-line-flag')?.trim();
  const key = marked('value-key')?.trim();
  const minimum = boundOf(fields, 'minimum');
  const maximum = boundOf(fields, 'maximum');
  const integer = fields.boolean('integer') ?? type.integer;
  const defaultValue = defaultOf(fields, id, type);
  const choices = choicesOf(fields);
  const input: DescriptorInput = {
    id,
    name: marked('name') ?? id,
    ...(description === undefined ? {} : { description }),
    type: type.type,
    valueKey: key === undefined || key === '' ? `[${id.toUpperCase()}]` : key,
    ...(flag === undefined || flag === '' ? {} : { commandLineFlag: flag }),
    optional: truthOf(fields, 'optional') ?? false,
    ...(defaultValue === undefined ? {} : { defaultValue }),
    ...(type.list ? { list: { separator: ',' } } : {}),
    ...(choices === undefined ? {} : { valueChoices: choices }),
    ...(integer === undefined ? {} : { integer }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    setByServer: truthOf(fields, 'set-by-server') ?? false,
    serverParameter: truthOf(fields, 'server-parameter') ?? false,
    secret: isSecretName(id) || secrets.has(id),
  };
  return { input, fields, type };
}

/** A number as Python's `float` reads it from a text. */
export const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A bound that may have been put in quotes: `"0"` is what its author meant by it. */
function boundOf(fields: Fields, key: string): NumberValue | undefined {
  const written = fields.raw(key);
  return typeof written === 'string' && NUMBER.test(written.trim())
    ? numberOf(written.trim())
    : fields.number(key);
}

/** A boolean that may have been put in quotes: `"false"` is what its author meant by it. */
export function truthOf(fields: Fields, key: string): boolean | undefined {
  const value = fields.raw(key);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    const text = value.trim().toLowerCase();
    if (text === 'true' || text === 'false') return text === 'true';
  }
  return undefined;
}

/** The default as written; empty text and null are none (sheet 1.2). */
function defaultOf(fields: Fields, id: string, type: TypeReading): InvocationValue | undefined {
  const written = fields.raw('default-value') ?? fields.raw('default');
  if (written === undefined || written === null || written === '') return undefined;
  if (type.type === 'Number' && typeof written === 'string' && NUMBER.test(written)) {
    return numberOf(written);
  }
  if (isJsonNumber(written)) return numberOf(platformNumberText(written.text));
  if (isJsonArray(written)) {
    const items = written.map(scalarOf).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  const value = scalarOf(written);
  return typeof value === 'string' ? expandIdMarks(value, id) : value;
}

/** The choices by either spelling: `values-choice` is the platform's, `value-choices` Boutiques'. */
function choicesOf(fields: Fields): readonly ScalarValue[] | undefined {
  const written = [fields.raw('values-choice'), fields.raw('value-choices')].find(isJsonArray);
  const choices = written?.map(scalarOf).filter((item) => item !== undefined);
  return choices === undefined || choices.length === 0 ? undefined : choices;
}

/** A scalar of our model, or nothing for null, lists and objects. */
export const scalarOf = (value: JsonValue): ScalarValue | undefined =>
  typeof value === 'string' || typeof value === 'boolean' || isJsonNumber(value)
    ? value
    : undefined;
