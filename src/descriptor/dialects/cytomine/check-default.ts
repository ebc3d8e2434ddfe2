import { described, shown } from '../../fields.ts';
import { quoted, sameScalar, textOf } from '../../invocation/check-value.ts';
import { isJsonArray, isJsonNumber, type JsonValue } from '../../json/value.ts';
import type { ScalarValue } from '../../model.ts';
import { nearestName } from '../../nearest.ts';
import type { Note } from './check-input.ts';
import type { CytomineInput } from './read-input.ts';

const TRUTH_WORDS = ['true', 'false', 'yes', 'no', '0', '1'];

/** The default of an input against its type, its range and its choices; a secret's is never shown. */
export function checkDefault(read: CytomineInput, note: Note): void {
  const { fields, input } = read;
  const key = fields.has('default-value') ? 'default-value' : 'default';
  const written = fields.raw(key);
  if (written === undefined) return;
  const noteHere: Note = (finding) => {
    const { value, message, ...rest } = finding;
    if (!input.secret) note(finding);
    else if (value === undefined) note({ ...rest, message });
    else
      note({
        ...rest,
        message: `The default of \`${input.id}\` breaks a rule; it is a secret and not shown.`,
      });
  };
  if (fields.has('default')) {
    noteHere({
      code: 'cytomine.default-key',
      key: 'default',
      at: 'key',
      message:
        key === 'default'
          ? `The default of \`${input.id}\` is under \`default\`, which the platform does not read. Here it counts.`
          : `\`${input.id}\` has \`default\` beside \`default-value\`; the platform does not read it, and here it counts only where the other is empty.`,
      nearest: 'default-value',
      mend: key === 'default' ? 'Write `default-value`.' : 'Remove `default`.',
    });
  }
  if (written === null) {
    noteHere({
      code: 'cytomine.default-null',
      key,
      message: `The default of \`${input.id}\` is null, which is no default.`,
      mend: 'Remove the key.',
    });
    return;
  }
  if (written === '') return;
  checkKind(read, { key, written }, noteHere);
  checkNeed(read, noteHere);
  checkAgainstRules(read, key, noteHere);
}

interface Default {
  readonly key: string;
  readonly written: JsonValue;
}

function checkKind(read: CytomineInput, { key, written }: Default, note: Note): void {
  switch (read.input.type) {
    case 'Number':
      checkNumber(read, { key, written }, note);
      return;
    case 'Boolean':
      checkBoolean(read, { key, written }, note);
      return;
    case 'Domain':
    case 'ListDomain':
      checkDomain(read, { key, written }, note);
      return;
    case 'String':
    case 'Date':
    case 'File':
    case 'Flag':
      if (typeof written === 'string' && /\s/.test(written.trim())) {
        note({
          code: 'cytomine.default-with-space',
          key,
          value: written,
          message: `The default ${quoted(written)} of \`${read.input.id}\` has a space; the platform splits it into several arguments. Here it stays one.`,
          mend: 'Use a value without spaces if the app is to run on the platform.',
        });
      }
  }
}

function checkNumber({ input }: CytomineInput, { key, written }: Default, note: Note): void {
  if (isJsonNumber(written)) {
    if (/\.0+$/.test(written.text)) {
      note({
        code: 'cytomine.number-by-literal',
        key,
        value: written.text,
        message: `Only the written point of ${written.text} makes BIOMERO take \`${input.id}\` for a number with a fraction; a tool that rewrites the file may lose it.`,
        mend: 'Keep the point, or give a default with a fraction.',
      });
    }
    return;
  }
  if (typeof input.defaultValue === 'object' && 'text' in input.defaultValue) {
    note({
      code: 'cytomine.default-number-as-text',
      key,
      value: written,
      message: `The default of the number \`${input.id}\` is ${described(written)}.`,
      mend: `Remove the quotes: ${input.defaultValue.text}.`,
    });
    return;
  }
  note({
    code: 'cytomine.default-not-a-number',
    key,
    value: shown(written),
    message: `\`${input.id}\` is a Number, but its default is ${described(written)}; the app fails when it is used.`,
    mend: 'Give a number, or remove the default.',
  });
}

function checkBoolean({ input }: CytomineInput, { key, written }: Default, note: Note): void {
  if (typeof written === 'boolean') return;
  const text = isJsonNumber(written) ? written.text : typeof written === 'string' ? written : '';
  if (TRUTH_WORDS.includes(text.toLowerCase())) {
    const truth = ['true', 'yes', '1'].includes(text.toLowerCase());
    note({
      code: 'cytomine.default-boolean-as-text',
      key,
      value: shown(written),
      message: `The default of the Boolean \`${input.id}\` is ${described(written)}; clients before 2.4.1 take every text but the empty one for true.`,
      mend: `Write ${String(truth)}.`,
    });
    return;
  }
  note({
    code: 'cytomine.default-not-a-boolean',
    key,
    value: shown(written),
    message: `\`${input.id}\` is a Boolean, but its default is ${described(written)}; the app fails when it is used.`,
    mend: 'Write true or false, or remove the default.',
  });
}

function checkDomain({ input }: CytomineInput, { key, written }: Default, note: Note): void {
  const text = isJsonNumber(written) ? written.text : typeof written === 'string' ? written : '';
  const form = input.type === 'Domain' ? /^-?\d+$/ : /^-?\d+(,-?\d+)*$/;
  const joined = isJsonArray(written) ? written.map((item) => shown(item) ?? '').join(',') : '';
  if (input.type === 'ListDomain' && form.test(joined)) {
    note({
      code: 'cytomine.default-not-an-id',
      key,
      message: `The default of the ListDomain \`${input.id}\` is a JSON list; the platform keeps every default as one text. Here it is passed as ${joined}.`,
      mend: `Write "${joined}"; ids belong to one server, so better remove the default.`,
    });
    return;
  }
  if (!form.test(text)) {
    note({
      code: 'cytomine.default-not-an-id',
      key,
      value: shown(written),
      message: `\`${input.id}\` is a ${input.type}, but its default is ${described(written)}, which is no ${input.type === 'Domain' ? 'id' : 'list of ids joined by commas'}.`,
      mend: 'Remove the default; ids belong to one server.',
    });
    return;
  }
  note({
    code: 'cytomine.default-domain',
    key,
    value: shown(written),
    message: text.startsWith('-')
      ? `The default ${text} of \`${input.id}\` is the id of nothing; the platform passes it to the app, which must know it for "none".`
      : `The default ${text} of \`${input.id}\` is the id of an object on one server; on another it is something else or nothing.`,
    mend: 'Remove the default and make the input optional.',
  });
}

/** Whether the default ever counts: an input that must be given has no use for one (sheet 1.7, 1.8). */
function checkNeed({ input }: CytomineInput, note: Note): void {
  if (input.optional || input.setByServer) return;
  if (input.type === 'Boolean') {
    note({
      code: 'cytomine.boolean-required',
      key: 'optional',
      message: `\`${input.id}\` is a required Boolean with a default: it is always passed, and an app built with a client before 2.4.1 takes its mere presence for a change.`,
      mend: 'Write `"optional": true`; then it is passed only when it differs from its default.',
    });
    return;
  }
  note({
    code: 'cytomine.required-with-default',
    key: 'optional',
    message: `\`${input.id}\` is required and has a default, so it is never missing; the default is passed.`,
    mend: 'Write `"optional": true` if the default is good, or remove the default.',
  });
}

function checkAgainstRules({ input }: CytomineInput, key: string, note: Note): void {
  const value = input.defaultValue;
  if (value === undefined || Array.isArray(value)) return;
  const scalar = value as ScalarValue;
  const choices = input.valueChoices;
  if (choices !== undefined && !choices.some((choice) => sameScalar(choice, scalar))) {
    const texts = choices.map(textOf);
    const nearest = nearestName(textOf(scalar), texts);
    note({
      code: 'cytomine.default-not-a-choice',
      key,
      value: textOf(scalar),
      message: `The default ${quoted(textOf(scalar))} of \`${input.id}\` is none of its choices: ${texts.map(quoted).join(', ')}.`,
      nearest,
      mend:
        nearest === undefined || input.secret
          ? 'Make the default one of the choices, or add it to them.'
          : `Write ${quoted(nearest)}, or add the default to the choices.`,
    });
  }
  if (typeof scalar !== 'object') return;
  const below = input.minimum !== undefined && scalar.value < input.minimum.value;
  const above = input.maximum !== undefined && scalar.value > input.maximum.value;
  if (below || above) {
    const bound = below
      ? `below its minimum ${input.minimum.text}`
      : `above its maximum ${input.maximum?.text ?? ''}`;
    note({
      code: 'cytomine.default-out-of-range',
      key,
      value: scalar.text,
      message: `The default ${scalar.text} of \`${input.id}\` is ${bound}.`,
      mend: 'Change the default or the range.',
    });
  }
  if (input.integer === true && !Number.isInteger(scalar.value)) {
    note({
      code: 'cytomine.default-not-an-integer',
      key,
      value: scalar.text,
      message: `\`${input.id}\` takes whole numbers, but its default is ${scalar.text}.`,
      mend: `Give a whole number such as ${Math.round(scalar.value)}.`,
    });
  }
}
