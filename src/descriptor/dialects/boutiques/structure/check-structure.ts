import { shown } from '../../../fields.ts';
import type { Findings } from '../../../findings.ts';
import { pointerOf, stepsOf } from '../../../json/pointer.ts';
import {
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  KIND_NAMES,
  kindOf,
  type JsonArray,
  type JsonKind,
  type JsonObject,
  type JsonValue,
} from '../../../json/value.ts';
import { nearestName } from '../../../nearest.ts';
import type { NumberValue } from '../../../model.ts';
import { canonicalText } from './canonical-text.ts';
import type { ListShape, ObjectShape, Shape, TextShape } from './shape.ts';

/**
 * Holds a value against a shape and notes every difference, with the whole rest of the value
 * checked too. A value of the wrong kind is not looked into.
 */
export function checkShape(
  value: JsonValue,
  shape: Shape,
  pointer: string,
  findings: Findings,
): void {
  switch (shape.kind) {
    case 'any':
      return;
    case 'truth':
      if (typeof value !== 'boolean') wrongKind(value, 'boolean', pointer, findings);
      return;
    case 'text':
      if (typeof value === 'string') checkText(value, shape, pointer, findings);
      else wrongKind(value, 'string', pointer, findings);
      return;
    case 'number':
      if (isJsonNumber(value)) checkNumber(value, shape, pointer, findings);
      else wrongKind(value, 'number', pointer, findings);
      return;
    case 'list':
      if (isJsonArray(value)) checkList(value, shape, pointer, findings);
      else wrongKind(value, 'array', pointer, findings);
      return;
    case 'object':
      if (isJsonObject(value)) checkObject(value, shape, pointer, findings);
      else wrongKind(value, 'object', pointer, findings);
      return;
    case 'either':
      checkEither(value, shape, pointer, findings);
      return;
    default:
      shape satisfies never;
  }
}

const JSON_KIND: Record<Exclude<Shape['kind'], 'any' | 'either'>, JsonKind> = {
  truth: 'boolean',
  text: 'string',
  number: 'number',
  list: 'array',
  object: 'object',
};

function checkEither(
  value: JsonValue,
  shape: Extract<Shape, { kind: 'either' }>,
  pointer: string,
  findings: Findings,
): void {
  const kind = kindOf(value);
  const fitting = shape.of.find(
    (one) => one.kind !== 'any' && one.kind !== 'either' && JSON_KIND[one.kind] === kind,
  );
  if (fitting !== undefined) {
    checkShape(value, fitting, pointer, findings);
    return;
  }
  findings.add({
    code: 'boutiques.kind-wrong',
    pointer,
    value: shown(value),
    message: `${subject(pointer)} should be ${shape.says}, but is ${KIND_NAMES[kind]}.`,
    mend: `Give ${shape.says}.`,
  });
}

function checkText(value: string, shape: TextShape, pointer: string, findings: Findings): void {
  if (shape.filled === true && value === '') {
    findings.add({
      code: 'boutiques.text-empty',
      pointer,
      value,
      message: `${subject(pointer)} is empty.`,
      mend: 'Fill it in, or remove the key if it may be absent.',
    });
    return;
  }
  if (shape.oneOf !== undefined && !shape.oneOf.includes(value))
    findings.add({
      code: 'boutiques.word-unknown',
      pointer,
      value,
      message: `${subject(pointer)} is \`${value}\`; schema 0.5 knows ${shape.oneOf.join(', ')}.`,
      nearest: nearestName(value, shape.oneOf),
      mend: `Write ${shape.oneOf.length === 1 ? `"${shape.oneOf.join('')}"` : 'one of them, in just these letters'}.`,
    });
  if (shape.form !== undefined && !shape.form.pattern.test(value))
    findings.add({
      code: shape.form.code,
      pointer,
      value,
      message: `${subject(pointer)} is \`${value}\`; it ${shape.form.rule}.`,
      mend: shape.form.mend,
    });
}

function checkNumber(
  value: NumberValue,
  shape: Extract<Shape, { kind: 'number' }>,
  pointer: string,
  findings: Findings,
): void {
  if (shape.whole === true && !Number.isInteger(value.value))
    findings.add({
      code: 'boutiques.number-not-whole',
      pointer,
      value: value.text,
      message: `${subject(pointer)} is ${value.text}; it must be a whole number.`,
      mend: 'Give a number without fraction.',
    });
  if (shape.least !== undefined && value.value < shape.least)
    findings.add({
      code: 'boutiques.number-too-small',
      pointer,
      value: value.text,
      message: `${subject(pointer)} is ${value.text}; the least allowed is ${shape.least}.`,
      mend: `Give ${shape.least} or more, or remove the key.`,
    });
}

function checkList(value: JsonArray, shape: ListShape, pointer: string, findings: Findings): void {
  if (shape.filled === true && value.length === 0)
    findings.add({
      code: 'boutiques.list-empty',
      pointer,
      message: `${subject(pointer)} is an empty list; schema 0.5 wants at least one item.`,
      mend: 'Add an item, or remove the key if it may be absent.',
    });
  const steps = stepsOf(pointer);
  value.forEach((item, index) => {
    checkShape(item, shape.of, pointerOf(...steps, index), findings);
  });
  if (shape.unique === true) checkUnique(value, pointer, findings);
}

/** Items that are the same in every key; two with one id only are told by the check of ids. */
function checkUnique(value: JsonArray, pointer: string, findings: Findings): void {
  const firstOf = new Map<string, number>();
  value.forEach((item, index) => {
    const text = canonicalText(item);
    const first = firstOf.get(text);
    if (first === undefined) {
      firstOf.set(text, index);
      return;
    }
    findings.add({
      code: 'boutiques.item-repeated',
      pointer: pointerOf(...stepsOf(pointer), index),
      message: `Items ${first + 1} and ${index + 1} of ${subject(pointer)} are the same.`,
      mend: 'Remove one of them.',
    });
  });
}

function checkObject(
  value: JsonObject,
  shape: ObjectShape,
  pointer: string,
  findings: Findings,
): void {
  const steps = stepsOf(pointer);
  for (const [key, member] of value) {
    const memberShape = Object.hasOwn(shape.keys, key) ? shape.keys[key] : shape.others;
    const at = pointerOf(...steps, key);
    if (memberShape === undefined) unknownKey(key, shape, at, findings);
    else checkShape(member, memberShape, at, findings);
  }
  for (const key of shape.required) {
    if (value.has(key)) continue;
    findings.add({
      code: 'boutiques.key-missing',
      pointer: pointerOf(...steps, key),
      message: `${nameOf(value, shape)} has no \`${key}\`; schema 0.5 wants one.`,
      mend: mendMissing(key, shape),
    });
  }
  for (const rule of shape.rules ?? []) {
    const key = rule.broken(value);
    if (key === undefined) continue;
    findings.add({
      code: rule.code,
      pointer: pointerOf(...steps, key),
      ...(value.has(key) ? { at: 'key' } : {}),
      message: rule.says(key, value),
      mend: rule.mend,
    });
  }
}

function unknownKey(key: string, shape: ObjectShape, pointer: string, findings: Findings): void {
  const nearest = nearestName(key, Object.keys(shape.keys));
  findings.add({
    code: 'boutiques.key-unknown',
    pointer,
    at: 'key',
    value: key,
    message: `\`${key}\` is not a key of ${shape.noun}.`,
    nearest,
    mend:
      nearest === undefined
        ? 'Remove it; what is private to a platform belongs in the `custom` of the descriptor.'
        : `Write \`${nearest}\`, or move it into the \`custom\` of the descriptor.`,
  });
}

function mendMissing(key: string, shape: ObjectShape): string {
  const wanted = shape.keys[key];
  if (wanted?.kind === 'text' && wanted.oneOf !== undefined)
    return `Add \`"${key}": "${wanted.oneOf[0] ?? ''}"\`${wanted.oneOf.length > 1 ? ` or another of ${wanted.oneOf.join(', ')}` : ''}.`;
  return `Add \`${key}\`.`;
}

function wrongKind(value: JsonValue, wanted: JsonKind, pointer: string, findings: Findings): void {
  findings.add({
    code: 'boutiques.kind-wrong',
    pointer,
    value: shown(value),
    message: `${subject(pointer)} should be ${KIND_NAMES[wanted]}, but is ${KIND_NAMES[kindOf(value)]}.`,
    mend: mendKind(value, wanted),
  });
}

function mendKind(value: JsonValue, wanted: JsonKind): string {
  if (wanted === 'string' && isJsonNumber(value)) return `Put it in quotes: "${value.text}".`;
  if (wanted === 'boolean' && (value === 'true' || value === 'false'))
    return `Remove the quotes: ${value}.`;
  if (
    wanted === 'number' &&
    typeof value === 'string' &&
    value.trim() !== '' &&
    Number.isFinite(Number(value))
  )
    return `Remove the quotes: ${value.trim()}.`;
  if (value === null) return 'Remove the key: in Boutiques what is absent is left out.';
  if (wanted === 'array' && !isJsonObject(value)) return 'Put it in square brackets.';
  return `Give ${KIND_NAMES[wanted]}, or remove the key.`;
}

/** `name` for the member of an object, `item 2 of name` for an item of a list. */
function subject(pointer: string): string {
  const steps = stepsOf(pointer);
  const last = steps.at(-1);
  if (last === undefined) return 'The descriptor';
  if (!/^\d+$/.test(last)) return `\`${last}\``;
  const list = steps.at(-2);
  return list === undefined
    ? `Item ${Number(last) + 1}`
    : `Item ${Number(last) + 1} of \`${list}\``;
}

/** "The input `threshold`", or "An input" when it has no id. */
function nameOf(value: JsonObject, shape: ObjectShape): string {
  const id = value.get('id') ?? value.get('name');
  const noun = shape.noun.replace(/^an? /, '');
  if (shape.noun === noun) return noun.charAt(0).toUpperCase() + noun.slice(1);
  const isNamed = typeof id === 'string' && id !== '' && noun !== 'descriptor';
  return isNamed
    ? `The ${noun} \`${id}\``
    : `${shape.noun.charAt(0).toUpperCase()}${shape.noun.slice(1)}`;
}
