import { shown } from '../../../fields.ts';
import type { Findings } from '../../../findings.ts';
import { stepsOf } from '../../../json/pointer.ts';
import {
  isJsonNumber,
  isJsonObject,
  KIND_NAMES,
  type JsonKind,
  type JsonValue,
} from '../../../json/value.ts';
import { nearestName } from '../../../nearest.ts';
import type { NumberValue } from '../../../model.ts';
import { described, subject, type Place } from './place.ts';
import type { Shape, TextShape } from './shape.ts';

/** A text: filled, one of the words, of the form that its shape asks for. */
export function checkText(value: string, shape: TextShape, place: Place, findings: Findings): void {
  const { pointer } = place;
  if (shape.filled === true && value === '') {
    findings.add({
      code: 'boutiques.text-empty',
      pointer,
      value,
      message: `${subject(place)} is empty.`,
      mend: 'Fill it in, or remove the key if it may be absent.',
    });
    return;
  }
  if (shape.oneOf !== undefined && !shape.oneOf.includes(value)) {
    const nearest = nearestName(value, shape.oneOf);
    findings.add({
      code: 'boutiques.word-unknown',
      pointer,
      value,
      message: `${subject(place)} is \`${value}\`; schema 0.5 knows ${shape.oneOf.length === 1 ? 'only ' : ''}${shape.oneOf.map((word) => `\`${word}\``).join(', ')}.`,
      nearest,
      mend:
        shape.oneOf.length === 1 || nearest !== undefined
          ? `Write \`${nearest ?? shape.oneOf.join('')}\`.`
          : 'Write one of them, in just these letters.',
    });
  }
  if (shape.form !== undefined && !shape.form.pattern.test(value))
    findings.add({
      code: shape.form.code,
      pointer,
      value,
      message: isOwnName(value, place)
        ? `The ${stepsOf(pointer).at(-1) ?? ''} \`${value}\` ${shape.form.rule}.`
        : `${subject(place)} is \`${value}\`; it ${shape.form.rule}.`,
      mend: shape.form.mend,
    });
}

/** Whether the text is what its owner is called by, so that naming the owner says nothing more. */
const isOwnName = (value: string, { owner }: Place): boolean => owner.endsWith(` \`${value}\``);

/** A number: whole, and not below the least, where its shape asks for that. */
export function checkNumber(
  value: NumberValue,
  shape: Extract<Shape, { kind: 'number' }>,
  place: Place,
  findings: Findings,
): void {
  const { pointer } = place;
  if (shape.whole === true && !Number.isInteger(value.value))
    findings.add({
      code: 'boutiques.number-not-whole',
      pointer,
      value: value.text,
      message: `${subject(place)} is ${value.text}; it must be a whole number${shape.least === undefined ? '' : ` of ${shape.least} or more`}.`,
      mend: 'Give a number without fraction.',
    });
  else if (shape.least !== undefined && value.value < shape.least)
    findings.add({
      code: 'boutiques.number-too-small',
      pointer,
      value: value.text,
      message: `${subject(place)} is ${value.text}; the least allowed is ${shape.least}.`,
      mend: `Give ${shape.least} or more, or remove the key.`,
    });
}

/** A value of another kind than its key takes. */
export function wrongKind(
  value: JsonValue,
  wanted: { readonly kind?: JsonKind; readonly says: string },
  place: Place,
  findings: Findings,
): void {
  findings.add({
    code: 'boutiques.kind-wrong',
    pointer: place.pointer,
    value: shown(value),
    message: `${subject(place)} should be ${wanted.says}, but is ${described(value)}.`,
    mend: mendKind(value, wanted.kind) ?? `Give ${wanted.says}, or remove the key.`,
  });
}

/** `wrongKind` for a single kind, by its own name. */
export const wanted = (kind: JsonKind): { readonly kind: JsonKind; readonly says: string } => ({
  kind,
  says: KIND_NAMES[kind],
});

function mendKind(value: JsonValue, kind: JsonKind | undefined): string | undefined {
  if (value === null) return 'Remove the key: in Boutiques what is absent is left out.';
  if (kind === 'string' && isJsonNumber(value)) return `Put it in quotes: "${value.text}".`;
  if (kind === 'boolean' && (value === 'true' || value === 'false'))
    return `Remove the quotes: ${value}.`;
  const isNumeric = typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value);
  if (kind === 'number' && isNumeric) return `Remove the quotes: ${value.trim()}.`;
  if (kind === 'array' && !isJsonObject(value)) return 'Put it in square brackets.';
  return undefined;
}
