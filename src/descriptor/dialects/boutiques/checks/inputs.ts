import type { Findings } from '../../../findings.ts';
import { shown } from '../../../fields.ts';
import { isJsonNumber, type JsonValue } from '../../../json/value.ts';
import type { DescriptorInput, NumberValue } from '../../../model.ts';
import { canonicalText } from '../structure/canonical-text.ts';
import { itemsOf, numberAt, truthOf } from '../json-fields.ts';
import { scalarDefault } from '../default-value.ts';
import { numberText } from '../number-text.ts';
import type { BoutiquesReading, Placed } from '../read-model.ts';
import { below } from './place.ts';

/** Each input by itself: flags, ranges, choices, list bounds. */
export function checkInputs({ inputs }: BoutiquesReading, findings: Findings): void {
  for (const placed of inputs) {
    if (placed.part.type === 'Flag') checkFlag(placed, findings);
    if (placed.part.type === 'Number') checkRange(placed, findings);
    if (placed.json.has('value-choices')) checkChoices(placed, findings);
    checkListBounds(placed, findings);
  }
}

function checkFlag({ part, json, pointer }: Placed<DescriptorInput>, findings: Findings): void {
  if (!json.has('command-line-flag'))
    findings.add({
      code: 'boutiques.flag-without-flag',
      pointer: below(pointer, 'command-line-flag'),
      value: part.id,
      message: `The Flag \`${part.id}\` has no \`command-line-flag\`, so nothing would stand on the command line when it is given.`,
      mend: 'Add `command-line-flag`, for example "--verbose".',
    });
  if (!part.optional)
    findings.add({
      code: 'boutiques.flag-required',
      pointer: below(pointer, 'optional'),
      value: part.id,
      message: `The Flag \`${part.id}\` is not optional, but a flag that must be given says nothing.`,
      mend: 'Add `"optional": true`, or write the flag into the `command-line` itself.',
    });
}

function checkRange({ part, pointer }: Placed<DescriptorInput>, findings: Findings): void {
  const { minimum, maximum } = part;
  if (minimum === undefined || maximum === undefined) return;
  const isExclusive = part.exclusiveMinimum === true || part.exclusiveMaximum === true;
  const isEmpty = isExclusive ? minimum.value >= maximum.value : minimum.value > maximum.value;
  if (!isEmpty) return;
  findings.add({
    code: 'boutiques.range-empty',
    pointer: below(pointer, 'minimum'),
    value: textOfNumber(minimum),
    message: `No number fits \`${part.id}\`: it must be ${part.exclusiveMinimum === true ? 'more than' : 'at least'} ${textOfNumber(minimum)} and ${part.exclusiveMaximum === true ? 'less than' : 'at most'} ${textOfNumber(maximum)}.`,
    mend:
      minimum.value > maximum.value
        ? 'Exchange `minimum` and `maximum`, or mend the one that is wrong.'
        : 'Widen the range, or allow its end.',
  });
}

const textOfNumber = (number: NumberValue): string => numberText(number);

function checkChoices({ part, json, pointer }: Placed<DescriptorInput>, findings: Findings): void {
  const choices = itemsOf(json, 'value-choices');
  if (choices.length === 0)
    findings.add({
      code: 'boutiques.choices-empty',
      pointer: below(pointer, 'value-choices'),
      message: `\`${part.id}\` has an empty list of choices, so no value fits.`,
      mend: 'List the choices, or remove `value-choices`.',
    });
  const seen = new Set<string>();
  choices.forEach((choice, index) => {
    const place = below(pointer, 'value-choices', index);
    const text = canonicalText(choice);
    if (seen.has(text))
      findings.add({
        code: 'boutiques.choice-repeated',
        pointer: place,
        value: shown(choice),
        message: `The choice ${text} of \`${part.id}\` stands twice.`,
        mend: 'Remove one of them.',
      });
    seen.add(text);
    checkChoiceKind(part, choice, place, findings);
  });
}

function checkChoiceKind(
  part: DescriptorInput,
  choice: JsonValue,
  pointer: string,
  findings: Findings,
): void {
  const isNumber = isJsonNumber(choice);
  if (isNumber === (part.type === 'Number')) return;
  const text = canonicalText(choice);
  const isWord = part.type === 'Number' && scalarDefault(choice, 'Number') === undefined;
  findings.add({
    code: 'boutiques.choice-kind',
    pointer,
    value: shown(choice),
    message: isWord
      ? `\`${part.id}\` is a Number, but its choice ${text} is no number; it may be given as it stands.`
      : `\`${part.id}\` is a ${part.type}, but its choice ${text} is written as a ${isNumber ? 'number' : 'text'}.`,
    mend: isWord
      ? 'Make the `type` String and put every choice in quotes, or remove it.'
      : isNumber
        ? `Put it in quotes: "${text}".`
        : 'Write the number without quotes.',
  });
}

function checkListBounds(
  { part, json, pointer }: Placed<DescriptorInput>,
  findings: Findings,
): void {
  const least = numberAt(json, 'min-list-entries');
  const most = numberAt(json, 'max-list-entries');
  checkCount(part, 'min-list-entries', least, { pointer, findings, floor: 0 });
  checkCount(part, 'max-list-entries', most, { pointer, findings, floor: 1 });
  if (least !== undefined && most !== undefined && least.value > most.value)
    findings.add({
      code: 'boutiques.list-bounds',
      pointer: below(pointer, 'min-list-entries'),
      value: least.text,
      message: `No list fits \`${part.id}\`: it must have at least ${least.text} and at most ${most.text} items.`,
      mend: 'Exchange the two, or mend the one that is wrong.',
    });
  const unused = ['list-separator', 'min-list-entries', 'max-list-entries'].find((key) =>
    json.has(key),
  );
  if (unused !== undefined && truthOf(json, 'list') === false)
    findings.add({
      code: 'boutiques.list-key-unused',
      pointer: below(pointer, unused),
      at: 'key',
      message: `\`${unused}\` of \`${part.id}\` does nothing: \`list\` is false.`,
      mend: 'Set `list` to true, or remove the key.',
    });
}

function checkCount(
  input: DescriptorInput,
  key: 'min-list-entries' | 'max-list-entries',
  count: NumberValue | undefined,
  place: { readonly pointer: string; readonly findings: Findings; readonly floor: number },
): void {
  if (count === undefined) return;
  const isWhole = Number.isInteger(count.value);
  if (isWhole && count.value >= place.floor) return;
  place.findings.add({
    code: 'boutiques.list-bounds',
    pointer: below(place.pointer, key),
    value: count.text,
    message: isWhole
      ? `\`${key}\` of \`${input.id}\` is ${count.text}; the least that makes sense is ${place.floor}.`
      : `\`${key}\` of \`${input.id}\` is ${count.text}; a list has a whole number of items.`,
    mend: `Give a whole number of ${place.floor} or more.`,
  });
}
